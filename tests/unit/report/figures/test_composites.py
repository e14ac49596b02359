"""The figure shows every kind of background, and the answers that are surely pulled."""

import pandas as pd
import pytest

from spuriverse.problems import Problem
from spuriverse.report.figures import plot_composites


def rows(*kinds: str, model: str = "net", **more: object) -> pd.DataFrame:
    measured = {"difference": 0.2, "low": 0.1, "high": 0.3, "q_cutouts": 0.01}
    return pd.DataFrame([{"model": model, "background": k, **measured, **more} for k in kinds])


def lines_of(backgrounds: pd.DataFrame, pulls: pd.DataFrame) -> list[str]:
    (axes,) = plot_composites(backgrounds, pulls).axes
    return [label.get_text() for label in axes.get_yticklabels()]


def test_a_line_per_kind_and_per_sure_pull() -> None:
    pulls = pd.concat([rows("sea", answer="crane"), rows("wood", answer="key", q_cutouts=0.2)])
    both = pd.concat([rows("sea", "wood"), rows("sea", "wood", model="other")])
    assert lines_of(both, pulls) == ["sea: accuracy", "wood: accuracy", "sea → crane"]


def test_nothing_need_be_pulled() -> None:
    none = rows("sea", answer="crane").iloc[:0]
    assert lines_of(rows("sea"), none) == ["sea: accuracy"]


def test_more_models_than_looks_are_refused() -> None:
    many = pd.concat([rows("sea", model=f"m{number}") for number in range(60)])
    with pytest.raises(Problem, match="has 60; change"):
        plot_composites(many, rows("sea", answer="crane"))
