"""The table that answers an open question: a row for each number, with what it says of 0."""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from spuriverse.questions import PROTOCOL
from spuriverse.statistics import Estimate
from spuriverse.tables import PathLike, interval, write_result_table

RANK = "rank correlation"
DIFFERENCE = "difference of shares"
CHANGE = "change in nats"
SHARE = "share"
AREA = "area under the ROC curve"
DISTANCE = "squared distance of distributions"
RATIO = "ratio"

_FROM = {RANK: 0.0, DIFFERENCE: 0.0, CHANGE: 0.0, AREA: 0.5}
"""Unit -> the value that means nothing is there; other units have none."""

ANSWER_COLUMNS = (
    *("model", "condition", "measure", "unit"),
    *("n", "clusters", "value", "low", "high", "says"),
)
ANSWER_SHOWN = {
    "model": "{model}",
    "condition": "{condition}",
    "measure": "{measure}",
    "unit": "{unit}",
    "n": "{n}",
    "clusters": "{clusters}",
    "value": interval("value", "low", "high"),
    "says": "{says}",
}


def answer(
    model: str, condition: str, measure: str, unit: str, found: Estimate, clusters: Iterable[Any]
) -> dict[str, Any]:
    """Return one row of an answer.

    Args:
        model: Who was measured.
        condition: Under what, or on what.
        measure: Which number.
        unit: Of the value: `RANK`, `DIFFERENCE`, `CHANGE`, `SHARE`, `AREA`, `DISTANCE` or
            `RATIO`.
        found: The number with its interval.
        clusters: The label over which the interval is, one per observation.
    """
    return {
        "model": model,
        "condition": condition,
        "measure": measure,
        "unit": unit,
        "n": found.n,
        "clusters": len(set(clusters)),
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "says": says(found, _FROM[unit]) if unit in _FROM else "",
    }


def says(found: Estimate, nothing: float = 0.0) -> str:
    """Say in words what an interval tells of the value that means nothing is there.

    Args:
        found: A number with its interval.
        nothing: The value that means nothing is there.

    Returns:
        That it is above, below, or how far at most from it.
    """
    if math.isnan(found.low) or math.isnan(found.high):
        return "too few to say"
    if found.low > nothing:
        return f"above {nothing:g}"
    if found.high < nothing:
        return f"below {nothing:g}"
    reach = max(found.high - nothing, nothing - found.low)
    return f"no difference beyond ±{reach:.2f}"


def as_table(rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Return rows of `answer` as a table with the columns `ANSWER_COLUMNS`."""
    return pd.DataFrame(list(rows), columns=list(ANSWER_COLUMNS))


def write_answer(table: pd.DataFrame, path: PathLike, caption: str) -> None:
    """Write the table of an answer as CSV, Markdown and LaTeX.

    Args:
        table: As `as_table` returns it.
        path: Of the CSV file; the others stand beside it.
        caption: What the numbers are.

    Raises:
        Problem: A file cannot be written.
    """
    note = f"{caption} Intervals are at 95 %; protocol {PROTOCOL}."
    stem = Path(path).with_suffix("")
    write_result_table(table, stem, ANSWER_COLUMNS, note, ANSWER_SHOWN)
