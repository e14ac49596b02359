"""The trade-off figure shows every seed and every pooled estimate where the table has them."""

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spuriverse.problems import Problem
from spuriverse.report.figures import plot_evaluation, plot_tradeoff, save_figure

PROPORTIONS = ("base", "0", "0.5", "1")
ACCURACY = {
    "spurious_held_out": (0.2, 0.3, 0.6, 0.8),
    "core_held_out": (0.9, 0.9, 0.9, 0.85),
    "aligned": (1.0, 1.0, 0.9, 0.7),
    "ordinary": (1.0, 1.0, 0.98, 0.95),
}
DODGE = 0.1


def table(*, seeds: tuple[str, ...] = ("0", "1"), left_out: str = "") -> pd.DataFrame:
    rows = []
    for (subset, levels), seed in itertools.product(ACCURACY.items(), (*seeds, "all")):
        for proportion, level in zip(PROPORTIONS, levels, strict=True):
            value = level - 0.01 * int(seed) if seed != "all" else level
            rows.append((proportion, seed, subset, 40, value, value - 0.05, min(1, value + 0.05)))
    columns = ["proportion", "seed", "subset", "n", "accuracy", "low", "high"]
    # The rows of a table have no particular order.
    frame = pd.DataFrame(rows, columns=columns).sample(frac=1, random_state=0)
    return frame[frame["subset"] != left_out]


def lines(figure, label):  # type: ignore[no-untyped-def]
    (axes,) = [axes for axes in figure.axes if axes.get_label() == label]
    return axes.lines


def test_every_seed_has_a_line_at_its_accuracies() -> None:
    drawn = lines(plot_tradeoff(table(), base_model="biased-0"), "proportion")
    found = {line.get_gid(): line for line in drawn if line.get_gid()}
    assert len(found) == 6
    line = found["spurious_held_out, seed 1"]
    np.testing.assert_allclose(line.get_xdata(), [0, 0.5, 1], atol=DODGE)
    np.testing.assert_allclose(line.get_ydata(), [0.29, 0.59, 0.79])


def test_the_pooled_estimates_stand_at_their_proportions_and_say_n() -> None:
    drawn = lines(plot_tradeoff(table(), base_model="biased-0"), "proportion")
    (line,) = [line for line in drawn if "held-out types (n = 40)" in str(line.get_label())][:1]
    np.testing.assert_allclose(line.get_xdata(), [0, 0.5, 1], atol=DODGE)
    np.testing.assert_allclose(line.get_ydata(), [0.3, 0.6, 0.8])


def test_robustness_is_drawn_against_both_accuracies() -> None:
    drawn = lines(plot_tradeoff(table(), base_model="biased-0"), "robustness")
    curves = {line.get_label(): line.get_xydata().tolist() for line in drawn}
    assert curves["ordinary, drawn anew"] == [[1, 0.3], [0.98, 0.6], [0.95, 0.8]]
    assert curves["aligned, held-out types"] == [[1, 0.3], [0.9, 0.6], [0.7, 0.8]]


def test_the_figure_says_which_protocol_and_base_model_made_it() -> None:
    figure = plot_tradeoff(table(), base_model="biased-7")
    note = " ".join(text.get_text() for text in figure.texts)
    assert "protocol: corrected" in note
    assert "one base model (biased-7), no photograph" in note


def test_core_groups_and_further_seeds_are_optional() -> None:
    few = table(seeds=("3",), left_out="core_held_out")
    assert plot_tradeoff(few, base_model="biased-0").axes


def test_a_table_without_held_out_types_is_a_problem() -> None:
    with pytest.raises(Problem, match="spurious_held_out"):
        plot_tradeoff(table(left_out="spurious_held_out"), base_model="biased-0")


@pytest.mark.parametrize("left_out", [{"aligned"}, {"ordinary"}, {"aligned", "ordinary"}])
def test_the_figure_is_drawn_without_a_subset_and_says_so(left_out: set[str]) -> None:
    whole = table()
    figure = plot_tradeoff(whole[~whole["subset"].isin(left_out)], base_model="biased-0")
    note = " ".join(text.get_text() for text in figure.texts)
    curves = {str(line.get_label()) for line in lines(figure, "robustness")}
    named = {"aligned": "aligned, held-out types", "ordinary": "ordinary, drawn anew"}
    for subset, name in named.items():
        assert (name in note) == (subset in left_out)
        assert (name in curves) == (subset not in left_out)


def test_a_subset_without_its_base_model_is_a_problem() -> None:
    whole = table()
    halved = whole[(whole["subset"] != "aligned") | (whole["proportion"] != "base")]
    with pytest.raises(Problem, match="aligned"):
        plot_tradeoff(halved, base_model="biased-0")


def test_a_table_without_intervals_is_a_problem() -> None:
    with pytest.raises(Problem, match="high, low"):
        plot_tradeoff(table().drop(columns=["low", "high"]), base_model="biased-0")


@pytest.mark.parametrize("suffix", [".pdf", ".png"])
def test_the_same_table_gives_the_same_file(tmp_path: Path, suffix: str) -> None:
    paths = [tmp_path / f"{name}{suffix}" for name in "ab"]
    for path in paths:
        save_figure(plot_tradeoff(table(), base_model="biased-0"), path)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_another_format_is_a_problem(tmp_path: Path) -> None:
    figure = plot_tradeoff(table(), base_model="biased-0")
    with pytest.raises(Problem, match=r"\.pdf or \.png"):
        save_figure(figure, tmp_path / "tradeoff.gif")


def test_the_evaluation_figure_has_a_point_a_model_and_subset() -> None:
    rows = [("a", "core", 9, 0.9, 0.8, 1.0), ("a", "spurious", 9, 0.2, 0.1, 0.3)]
    frame = pd.DataFrame(rows, columns=["model", "subset", "n", "accuracy", "low", "high"])
    (axes,) = plot_evaluation(frame).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "spurious groups\n(n = 9)",
        "core groups\n(n = 9)",
    ]
    assert axes.lines[0].get_xdata().tolist() == [0.2, 0.9]
