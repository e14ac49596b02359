"""The funnel shows every benchmark and every number."""

from pathlib import Path

import pandas as pd
import pytest

from spuriverse.discovery.curation import FUNNEL_COLUMNS
from spuriverse.problems import Problem
from spuriverse.report.figures import plot_funnel, save_figure


def funnel(*benchmarks: str, verified: float | None = None) -> pd.DataFrame:
    rows = [
        dict.fromkeys(FUNNEL_COLUMNS, 0)
        | {
            "benchmark": benchmark,
            "protocol": protocol,
            "source_model": "gpt-4o",
            "annotator": "recorded",
            "rows": 17_056,
            "answered": 17_000 + shift,
            "errors": 2_000,
            "lvlm_accepted": 700,
            "human_accepted": None,
            "verified": verified,
        }
        for benchmark in benchmarks
        for shift, protocol in enumerate(("paper", "corrected"))
    ]
    return pd.DataFrame(rows)


def texts(table: pd.DataFrame) -> list[str]:
    figure = plot_funnel(table)
    found = [text.get_text() for axes in figure.axes for text in axes.texts]
    labels = [label.get_text() for axes in figure.axes for label in axes.get_yticklabels()]
    return found + labels + [axes.get_title("left") for axes in figure.axes]


def test_every_benchmark_and_number_is_shown() -> None:
    shown = texts(funnel("aokvqa", "$own$", verified=0))
    assert {"aokvqa", "$own$", "17,056", "17,000", "17,001", "2,000", "700", "0"} <= set(shown)
    assert shown.count("verified") == 2


def test_a_step_that_was_not_taken_is_not_drawn() -> None:
    shown = texts(funnel("aokvqa"))
    assert "people accept" not in shown
    assert "verified" not in shown


def test_the_figure_is_saved(tmp_path: Path) -> None:
    save_figure(plot_funnel(funnel("a", "b", "c")), tmp_path / "funnel.pdf")
    assert (tmp_path / "funnel.pdf").read_bytes().startswith(b"%PDF")


def test_an_empty_table_is_refused() -> None:
    with pytest.raises(Problem, match="no rows"):
        plot_funnel(funnel())
