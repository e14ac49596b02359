"""The figures of MM-SpuBench show what their tables hold."""

import pandas as pd
import pytest

from spuriverse.problems import Problem
from spuriverse.report.figures import (
    plot_spubench_accuracy,
    plot_spubench_confusion,
    plot_spubench_strategies,
)
from spuriverse.spubench import (
    ACCURACY_COLUMNS,
    ALL,
    CONFUSION_TABLE_COLUMNS,
    MACRO,
    STRATEGY_COLUMNS,
)

MODELS = ("tiny_$1$", "large")


def axes_of(figure, label: str):
    return next(axes for axes in figure.axes if axes.get_label() == label)


def test_a_field_shows_its_accuracy_and_interval_for_the_nine_types_alone() -> None:
    rows = []
    for model in MODELS:
        told = (("background", True), ("shape", True), ("context", False), (MACRO, None))
        for name, in_paper in told:
            row = {"model": model, "spurious_type": name, "in_paper": in_paper, "n": 8}
            row |= {"accuracy": 0.61, "low": 0.4, "high": 0.83, "corrected_sd": 0.12}
            rows.append(row)
    table = pd.DataFrame(rows).reindex(columns=list(ACCURACY_COLUMNS))
    figure = plot_spubench_accuracy(table)
    fields = axes_of(figure, "accuracy")
    texts = [text.get_text() for text in fields.texts]
    assert texts.count("0.61") == 4
    assert texts.count("0.40–0.83") == 4
    assert [label.get_text() for label in fields.get_xticklabels()] == ["background", "shape"]
    assert [label.get_text() for label in fields.get_yticklabels()] == list(MODELS)
    macro = axes_of(figure, "macro")
    assert [text.get_text() for text in macro.texts] == ["SD over types 0.12"] * 2
    figure.canvas.draw()


def test_every_model_has_a_panel_of_its_confusions() -> None:
    rows = [
        {"model": model, "spurious_type": a, "predicted_type": b, "n": 4, "share": share}
        for model in MODELS
        for a, b, share in (
            ("background", "background", 0.5),
            ("background", "none", 0.1),
            ("shape", "background", 0.2),
        )
    ]
    table = pd.DataFrame(rows).reindex(columns=list(CONFUSION_TABLE_COLUMNS))
    figure = plot_spubench_confusion(table)
    panel = axes_of(figure, MODELS[1])
    grid = panel.images[0].get_array()
    columns = [label.get_text() for label in panel.get_xticklabels()]
    assert columns == ["background", "shape", "none"]
    assert grid.filled(-1).tolist() == [[0.5, -1, 0.1], [0.2, -1, -1]]
    assert "grey: no question offers such a class" in figure.get_supxlabel()
    with pytest.raises(Problem, match="is empty"):
        plot_spubench_confusion(table.iloc[:0])


def test_a_field_without_an_interval_has_none_and_no_nan() -> None:
    rows = [
        {"model": model, "spurious_type": name, "in_paper": paper, "n": 8, "accuracy": accuracy}
        for model, accuracy in (("one", 0.5), ("silent", None))
        for name, paper in (("shape", True), (MACRO, None))
    ]
    table = pd.DataFrame(rows).reindex(columns=list(ACCURACY_COLUMNS))
    figure = plot_spubench_accuracy(table)
    fields = axes_of(figure, "accuracy")
    assert [text.get_text() for text in fields.texts] == ["0.50", ""]
    assert [label.get_text() for label in fields.get_yticklabels()] == ["one"]


@pytest.mark.parametrize(("shift", "said"), [(0.1, 0), (0.0, 1)])
def test_strategies_are_drawn_and_no_change_is_said(shift: float, said: int) -> None:
    rows = []
    for model in MODELS:
        rows.append({"model": model, "spurious_type": ALL, "strategy": "direct"})
        change = {"difference": shift, "difference_low": shift, "difference_high": shift}
        rows.append({"model": model, "spurious_type": ALL, "strategy": "no_bias", **change})
    table = pd.DataFrame(rows).reindex(columns=list(STRATEGY_COLUMNS))
    figure = plot_spubench_strategies(table)
    panel = axes_of(figure, "difference")
    assert len(panel.texts) == said
    assert panel.get_xlabel() == "difference in accuracy to direct"
    dots = panel.containers[0].lines[0]
    assert dots.get_xdata().tolist() == [shift, shift]


def test_one_strategy_alone_is_said_to_be_alone() -> None:
    table = pd.DataFrame([{"model": "m", "spurious_type": ALL, "strategy": "direct"}])
    figure = plot_spubench_strategies(table.reindex(columns=list(STRATEGY_COLUMNS)))
    assert axes_of(figure, "difference").get_xlabel() == "asked by direct alone"
