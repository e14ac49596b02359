"""Numbers that a page quotes from a table, marked so that they can be checked and written anew.

A quote is what stands between two HTML comments, which no reader of the page sees:

    <!-- tradeoff; proportion=1, seed=all, subset=ordinary; {accuracy:.2f} -->0.93<!-- end -->

The first names the table, the one row that is meant, and how its columns are written. `{count}`,
`{least_<column>}` and `{greatest_<column>}` speak of all rows that are meant, if a quote has these
alone. What the record has no table for reads `UNRECORDED`, and `UNRUN` if the table is one of those
in a folder of their own, which other targets (`open_questions/<table>`) or the runs of overlays
(`strong-world/<table>`) make.
"""

import re
import string
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from spuriverse.problems import Problem

_QUOTE = re.compile(
    r"(?P<mark><!-- (?P<table>[\w/-]+); (?P<row>[^;]*); (?P<form>.*?) -->)"
    r"(?P<text>.*?)(?P<end><!-- end -->)",
    re.DOTALL,
)
_BETWEEN_PAIRS = re.compile(r",(?=\s*\w+=)")
"""A value may hold commas itself."""
UNRECORDED = "–"
UNRUN = "(not yet run)"
_LIMITS = re.compile(r"\s*[\[(]\{\w*low[^{}]*\}, \{\w*high[^{}]*\}[\])]")


@dataclass(frozen=True)
class Quote:
    """What a page says of a table.

    Attributes:
        place: Page and line.
        said: The quoted text, on one line.
        recorded: What it would be by the table; `UNRECORDED` if there is none.
        table: Name of the table.
    """

    place: str
    said: str
    recorded: str
    table: str


def read_quotes(page: Path, folder: Path) -> list[Quote]:
    """Return the quotes of a page, each beside what the record has.

    Args:
        page: A Markdown file.
        folder: Of the record: `<table>.csv`.

    Raises:
        Problem: A mark names a column that is not there, or not exactly one row.
    """
    text = page.read_text(encoding="utf-8")
    return [
        Quote(
            place := f"{page.name}, line {text.count(chr(10), 0, match.start()) + 1}",
            " ".join(match["text"].split()),
            _fill(match, folder, place),
            match["table"],
        )
        for match in _QUOTE.finditer(text)
    ]


def rewrite_quotes(page: Path, folder: Path) -> str:
    """Return a page's text with every quote as the record has it.

    Args:
        page: As in `read_quotes`.
        folder: As in `read_quotes`.

    Raises:
        Problem: As in `read_quotes`.
    """

    def write(match: re.Match[str]) -> str:
        recorded = _fill(match, folder, page.name)
        same = " ".join(match["text"].split()) == recorded
        return match["mark"] + (match["text"] if same else recorded) + match["end"]

    return _QUOTE.sub(write, page.read_text(encoding="utf-8"))


def _fill(match: re.Match[str], folder: Path, place: str) -> str:
    path = folder / f"{match['table']}.csv"
    if not path.is_file():
        return UNRUN if "/" in match["table"] else UNRECORDED
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    pairs = _BETWEEN_PAIRS.split(match["row"])
    wanted = dict(pair.strip().split("=", 1) for pair in pairs if "=" in pair)
    columns = {name for _, name, _, _ in string.Formatter().parse(match["form"]) if name}
    over_rows = {name: _over_rows(name) for name in columns - set(table.columns)}
    of = {column for _, column in over_rows.values() if column}
    if unknown := sorted({*wanted, *of} - set(table.columns)):
        raise Problem(
            f"{place} quotes {', '.join(unknown)} of {path.name}, which has no such column."
        )
    rows = table
    for column, value in wanted.items():
        rows = rows[rows[column] == value]
    one = columns - set(over_rows)
    if len(rows) != 1 and (one or (of and rows.empty)):
        raise Problem(
            f"{place} quotes the row with {match['row'].strip()} of {path.name}, and {len(rows)}"
            " rows are like that; name the columns that tell one."
        )
    values = {name: _value(rows.iloc[0][name]) for name in one}
    values |= {name: _aggregate(rows, *how) for name, how in over_rows.items()}
    return _write(values, match["form"])


def _over_rows(name: str) -> tuple[str, str]:
    """What is asked of all rows, and of which column: `count`, `least_gap`, `greatest_gap`."""
    how, _, column = name.partition("_")
    if how in ("least", "greatest"):
        return how, column
    return name, "" if name == "count" else name


def _aggregate(rows: pd.DataFrame, how: str, column: str) -> float:
    if how == "count":
        return len(rows)
    numbers = pd.to_numeric(rows[column], errors="coerce")
    return float(numbers.min() if how == "least" else numbers.max())


def _write(values: dict[str, Any], form: str) -> str:
    """An interval that is missing is said to be, as in tables for people."""
    if any(values.get(name) == "" for name in values if name.endswith(("low", "high"))):
        form = _LIMITS.sub(" (too few)", form)
    return form.format_map(values)


class _Blank(str):
    """A value that a table leaves blank: a dash, whatever the form."""

    def __format__(self, form: str) -> str:
        return UNRECORDED


def _value(text: str) -> str | int | float:
    if not text:
        return _Blank()
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
