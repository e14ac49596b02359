"""Tables for people, rounded to what their intervals support, beside records with every digit."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from spuriverse.problems import Problem
from spuriverse.tables.files import PathLike, write_csv

TABLES, RECORDS = "tables", "records"
"""Folders of a run: tables that people open, and what programs read."""

_FIGURES = 2
"""Significant figures of an interval's half width, to whose decimals a row is rounded ..."""

_WITHOUT = 3
"""... and those of an estimate without an interval."""


def write_result_csv(frame: pd.DataFrame, path: PathLike, columns: Sequence[str]) -> None:
    """Write a table of results twice: rounded for people, and with every digit as a record.

    Args:
        frame: As `write_csv` takes it.
        path: The file for people, in a folder `tables` or below; its record has the same place in
            the folder `records` beside that.
        columns: As `write_csv` takes them.

    Raises:
        Problem: As in `write_csv`; or the path is in no folder `tables`.
    """
    write_csv(frame, record_of(path), columns)
    write_csv(round_to_intervals(frame[list(columns)]), path, columns)


def record_of(path: PathLike) -> Path:
    """Return where the record of a table for people is, with every digit.

    Raises:
        Problem: The path is in no folder `tables`.
    """
    table = Path(path)
    if (found := _beside(table, TABLES, RECORDS)) is None:
        raise Problem(
            f"{table} is no table for people, which stand in a folder {TABLES}; write it there, or"
            " as a plain CSV file."
        )
    return found


def table_of(path: PathLike) -> Path | None:
    """Return the path that a file has in the folder of tables; None if it is in none of records."""
    return _beside(Path(path), RECORDS, TABLES)


def _beside(path: Path, folder: str, other: str) -> Path | None:
    """The same place below another folder beside the last one of a name."""
    for parent in path.parents:
        if parent.name == folder:
            return parent.with_name(other) / path.relative_to(parent)
    return None


def round_to_intervals(frame: pd.DataFrame) -> pd.DataFrame:
    """Round every estimate and its limits to two significant figures of the interval's half width.

    An estimate without an interval, or with one of no width, gets three significant figures. Other
    columns stay as they are.

    Args:
        frame: A table whose columns are named as `intervals_of` reads them.

    Returns:
        The same table with rounded cells.
    """
    rounded = frame.copy()
    for names in map(list, intervals_of(list(frame.columns))):
        cells = [
            _round_together(*row) for row in frame[names].astype(float).itertuples(index=False)
        ]
        rounded[names] = pd.DataFrame(cells, index=frame.index, columns=names, dtype=float)
    return rounded


def intervals_of(columns: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Yield the columns of every estimate and of its lower and upper limit.

    Limits are `<name>_low` and `<name>_high`, of the column `<name>` or, where there is none, of
    the one before them; plain `low` and `high` are of the one before them.

    Args:
        columns: Of a table, in order.
    """
    for place, low in enumerate(columns):
        name = low.removesuffix("low").removesuffix("_")
        high = f"{low.removesuffix('low')}high"
        if not (low == "low" or low.endswith("_low")) or high not in columns:
            continue
        if name not in columns and place:
            name = columns[place - 1]
        if name in columns:
            yield name, low, high


def _round_together(value: float, low: float, high: float) -> tuple[float, float, float]:
    half = (high - low) / 2
    if half > 0:
        decimals = _FIGURES - 1 - math.floor(math.log10(half))
        return round(value, decimals), round(low, decimals), round(high, decimals)
    return _significant(value), _significant(low), _significant(high)


def _significant(value: float) -> float:
    return float(f"{value:.{_WITHOUT}g}")
