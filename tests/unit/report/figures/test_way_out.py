"""The figure of the way out: baseline, three steps, base and blind model."""

from pathlib import Path

import pandas as pd
import pytest

from spuriverse.problems import Problem
from spuriverse.report.figures import plot_way_out, save_figure

METHODS = ("envelope", "transplant", "base_average", "nuisance_projection", "distractors")


def curves(models: tuple[str, ...] = ("m0", "m1")) -> pd.DataFrame:
    rows = []
    for model in models:
        known = {"base_model": model, "splits": 8, "loss": 0.1, "setting": "{}"}
        for place, method in enumerate(METHODS):
            for knob in (-1.0, 0.5, 1.0):
                r, a = 0.1 + 0.3 * (knob + 1), 1 - 0.02 * (knob + 1) * (place + 1)
                rows.append({**known, "method": method, "knob": knob, **values(r, a)})
        alone = {"method": "nuisance_projection", "setting": '{"trained": 0.0}', "knob": 1.0}
        rows.append({**known, **alone, **values(0.5, 0.5)})
        rows.append({**known, "method": "blind", "knob": 0.0, **values(0.9, 0.8)})
    return pd.DataFrame(rows)


def values(robustness: float, accuracy: float) -> dict[str, float]:
    found = {"robustness": robustness, "accuracy": accuracy}
    ends = {f"{k}_{end}": v + d for k, v in found.items() for end, d in (("low", -1), ("high", 1))}
    return found | ends


def test_every_base_model_has_a_panel_with_the_steps_and_both_ends(tmp_path: Path) -> None:
    figure = plot_way_out(curves())
    assert [axes.get_label() for axes in figure.axes] == ["m0", "m1"]
    for axes in figure.axes:
        labels = axes.get_legend_handles_labels()[1]
        assert labels[0] == "mixing and its scales"
        assert len(labels) == 4, "the distractors are in the table alone"
        ends = {line.get_gid(): line.get_xdata()[0] for line in axes.lines if line.get_gid()}
        assert ends["x"] == pytest.approx(0.8)
        assert ends["*"] == pytest.approx(1.0)
    save_figure(figure, tmp_path / "way_out.pdf")


def test_a_run_with_one_step_alone_is_drawn() -> None:
    table = curves(("m",))
    figure = plot_way_out(table[table["method"].isin(["envelope", "transplant"])])
    assert len(figure.axes[0].get_legend_handles_labels()[1]) == 2


@pytest.mark.parametrize("broken", [curves().drop(columns="knob"), curves().iloc[:0]])
def test_a_table_without_what_is_drawn_is_refused(broken: pd.DataFrame) -> None:
    with pytest.raises(Problem, match="tabulate_way_out"):
        plot_way_out(broken)
