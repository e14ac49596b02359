"""The figure of the ablation shows every estimate, and single seeds behind them."""

import pandas as pd
import pytest

from spuriverse.problems import Problem
from spuriverse.report.figures.ablation import plot_ablation

SETS = ("spurious_held_out", "anchor_held_out", "non_spurious", "aligned", "ordinary")


def table(models: tuple[str, ...] = ("one", "two")) -> pd.DataFrame:
    rows = [
        (model, types, seed, subset, 0.5, 0.4, 0.7)
        for model in models
        for types in (0, 17, 85)
        for seed in ("0", "1", "all")
        for subset in SETS
    ]
    columns = ["base_model", "types", "seed", "subset", "accuracy", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def test_each_model_has_a_panel_each_set_a_curve_and_each_seed_a_line() -> None:
    figure = plot_ablation(table())
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["one", "two"]
    for axes in figure.axes:
        faint = [line.get_gid() for line in axes.get_lines() if line.get_gid()]
        shown = [name for name in SETS if name != "non_spurious"]
        assert sorted(faint) == sorted(f"{name}, seed {seed}" for name in shown for seed in "01")
        assert len(axes.containers) == len(shown)
        for container in axes.containers:
            assert container.lines[0].get_xdata().tolist() == [0, 17, 85]
    assert "corrected" in figure.texts[0].get_text()


def test_the_whole_set_is_shown_where_it_is_not_told_apart() -> None:
    rows = table(("one",))
    figure = plot_ablation(rows[~rows["subset"].isin(["aligned", "ordinary"])])
    assert "non-spurious" in [text.get_text() for text in figure.legends[0].get_texts()]


def test_a_table_without_pooled_rows_is_a_problem() -> None:
    rows = table()
    with pytest.raises(Problem, match="no rows of all seeds"):
        plot_ablation(rows[rows["seed"] != "all"])
