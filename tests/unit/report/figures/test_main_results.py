"""The figures of the main and the prompting table show every model and every number."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spuriverse.problems import Problem
from spuriverse.report.figures import plot_main_results, plot_prompting, save_figure

ACCURACIES = {"anchor": 0.2, "spurious": 0.5, "non-spurious": 0.9}


def main_table(*models: str) -> pd.DataFrame:
    rows = [
        {
            "model": model,
            "subset": subset,
            "n": 1_240 - place,
            "accuracy": value,
            "low": value - 0.1,
            "high": value + 0.05,
            "drop": np.nan if subset == "non-spurious" else 0.9 - value,
            "drop_low": np.nan if subset == "non-spurious" else 0.8 - value,
            "drop_high": np.nan if subset == "non-spurious" else 1 - value,
        }
        for place, model in enumerate(models)
        for subset, value in ACCURACIES.items()
    ]
    return pd.DataFrame(rows)


def prompting_table(models: list[str], strategies: list[str]) -> pd.DataFrame:
    rows = [
        {
            "model": model,
            "subset": subset,
            "strategy": strategy,
            "difference": difference,
            "difference_low": difference - 0.1,
            "difference_high": difference + 0.1,
        }
        for model in models
        for subset in ACCURACIES
        for strategy, difference in zip(
            ["direct", *strategies], [np.nan, *np.linspace(-0.2, 0.3, len(strategies))], strict=True
        )
    ]
    return pd.DataFrame(rows)


def dots(axes) -> list[float]:
    """Where the dots of error bars stand, from the top row down; empty places left out."""
    found = [
        (place, value)
        for container in axes.containers
        for value, place in zip(*container.lines[0].get_data(), strict=True)
        if not np.isnan(value)
    ]
    return [float(value) for _, value in sorted(found)]


def texts(figure) -> str:
    return " ".join(text.get_text() for text in figure.texts)


# --- the main table ---------------------------------------------------------------------------


def test_every_accuracy_and_drop_is_drawn() -> None:
    figure = plot_main_results(main_table("$zeta$", "alpha"))
    accuracies, drops = figure.axes
    assert [label.get_text() for label in accuracies.get_yticklabels()] == ["$zeta$", "alpha"]
    assert dots(accuracies) == pytest.approx([0.9, 0.2, 0.5] * 2)
    assert dots(drops) == pytest.approx([0.7, 0.4] * 2)
    assert "protocol: corrected" in texts(figure) and "1,239–1,240 anchors" in texts(figure)
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["non-spurious set", "anchors", "spurious groups"]


def test_published_rows_and_missing_subsets_leave_no_mark() -> None:
    table = main_table("tiny", "other")
    published = pd.DataFrame([{"model": "best", "subset": "anchor", "published": 0.37}])
    gone = (table["model"] == "tiny") & (table["subset"] == "anchor")
    figure = plot_main_results(pd.concat([table[~gone], published]))
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["tiny", "other"]
    assert len(dots(figure.axes[0])) == 5 and len(dots(figure.axes[1])) == 3


@pytest.mark.parametrize("n", [1, 15])
def test_the_page_grows_with_the_models(n: int, tmp_path: Path) -> None:
    names = [f"a model with a rather long name, number {i}" for i in range(n)]
    figure = plot_main_results(main_table(*names))
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert len(labels) == n and max(map(len, labels)) <= 26
    figure.canvas.draw()
    edges = [
        text.get_window_extent() for text in [*figure.texts, *figure.axes[0].get_yticklabels()]
    ]
    assert min(edge.x0 for edge in edges) >= 0
    assert max(edge.x1 for edge in edges) <= figure.bbox.x1
    save_figure(figure, tmp_path / "main.pdf")
    assert (tmp_path / "main.pdf").read_bytes().startswith(b"%PDF")


def test_a_table_without_accuracies_is_refused() -> None:
    with pytest.raises(Problem, match="no accuracies"):
        plot_main_results(main_table("tiny").assign(accuracy=np.nan))


# --- the prompting table ----------------------------------------------------------------------


def test_every_difference_is_drawn() -> None:
    table = prompting_table(["one", "two"], ["chain_of_thought", "spurious_aware"])
    figure = plot_prompting(table)
    assert [axes.get_label() for axes in figure.axes] == list(ACCURACIES)
    for axes in figure.axes:
        assert dots(axes) == pytest.approx([-0.2, 0.3] * 2)
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["one", "two"]
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["chain_of_thought", "spurious_aware"]
    assert any("to direct" in axes.get_xlabel() for axes in figure.axes)


def test_one_strategy_and_one_subset_are_enough(tmp_path: Path) -> None:
    table = prompting_table(["one"], ["mine"])
    table = table[table["subset"] == "anchor"]
    figure = plot_prompting(table, baseline="$x$")
    assert len(figure.axes) == 1
    for name in ("first.pdf", "second.pdf"):
        save_figure(figure, tmp_path / name)
    assert (tmp_path / "first.pdf").read_bytes() == (tmp_path / "second.pdf").read_bytes()


@pytest.mark.parametrize("number", [0, 29])
def test_no_strategy_and_too_many_are_refused(number: int) -> None:
    table = prompting_table(["one"], [f"s{i}" for i in range(number)])
    with pytest.raises(Problem, match=rf"1 to 28 strategies .* holds {number}"):
        plot_prompting(table)


def test_differences_of_rounding_are_not_blown_up() -> None:
    table = prompting_table(["one"], ["chain_of_thought"])
    for name in ("difference", "difference_low", "difference_high"):
        table[name] = table[name].where(table[name].isna(), 1e-17)
    # One panel is wider than the least span, and shares its axis with the others.
    table.loc[table["subset"] == "non-spurious", "difference"] += 0.4
    wide = plot_prompting(table).axes[0].get_xlim()
    assert wide[0] <= 0 and wide[1] >= 0.4
    narrow = plot_prompting(table[table["subset"] == "anchor"]).axes[0].get_xlim()
    assert narrow[1] - narrow[0] == pytest.approx(0.2)
