"""One table of results as CSV for programs, as Markdown for pages and as LaTeX for papers."""

import re
import string
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from spuriverse.problems import Problem
from spuriverse.tables.files import PathLike, write_text
from spuriverse.tables.rounding import write_result_csv

_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    # At the beginning of a row LaTeX would read a bracket as an argument.
    "[": "{[}",
    "]": "{]}",
}
_MARKDOWN = re.compile(r"[\\`*_\[\]<>|~#&$]")
_INTERVAL = re.compile(r"(?P<value>.*) \(\{[^{}]*\} to \{[^{}]*\}\)")
TOO_FEW = "too few"
"""Shown in place of an interval that an estimate lacks, for want of what it would be over."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NUMBER = re.compile(r"[-+]?[\d.,]+(?:e[-+]?\d+)?(?: .*)?")


def write_result_table(
    frame: pd.DataFrame,
    stem: PathLike,
    columns: Sequence[str],
    caption: str,
    shown: Mapping[str, str] | None = None,
) -> None:
    """Write `frame` as `<stem>.csv`, `<stem>.md` and `<stem>.tex`; the same rows, the same bytes.

    The CSV file is rounded and has a record, as `write_result_csv` says.

    Args:
        frame: Exactly the columns in `columns`, in any order.
        stem: Path of the files without their suffixes, in a folder `tables`.
        columns: The columns of the CSV file, in order; see `write_csv`.
        caption: What the table shows, as plain text, for Markdown and LaTeX.
        shown: What Markdown and LaTeX show: heading -> format of the cells, which names columns
            as in `{accuracy:.3f} [{low:.3f}, {high:.3f}]`. A cell is blank if a value it names is
            missing; an estimate without the limits of its interval, "{value} ({low} to {high})",
            is followed by `TOO_FEW` instead. By default every column is shown as in the CSV file.

    Raises:
        Problem: A column is missing, repeated or too many, a format names a column that is not
            there, or a file cannot be written.
    """
    formats = shown or {column: f"{{{column}}}" for column in columns}
    write_result_csv(frame, f"{stem}.csv", columns)
    write_marked_up(frame, stem, caption, formats)


def interval(value: str, low: str, high: str, spec: str = ".3f") -> str:
    """Return the format of a cell that shows a value and its interval.

    Args:
        value: The column of the value.
        low: The column of the lower end.
        high: The column of the upper end.
        spec: How each number is written.
    """
    return f"{{{value}:{spec}}} ({{{low}:{spec}}} to {{{high}:{spec}}})"


def write_marked_up(
    frame: pd.DataFrame, stem: PathLike, caption: str, shown: Mapping[str, str]
) -> None:
    """Write `frame` as `<stem>.md` and `<stem>.tex` alone, for a table of another shape than its
    CSV file; everything as in `write_result_table`.
    """
    cells = _fill(frame, shown)
    alignment = ["r" if _is_numeric(column) else "l" for column in zip(*cells, strict=True)]
    alignment = alignment or ["l"] * len(shown)
    write_text(f"{stem}.md", _markdown(list(shown), cells, alignment, caption))
    label = f"tab:{re.sub('[^A-Za-z0-9]+', '-', Path(stem).name)}"
    write_text(f"{stem}.tex", _latex(list(shown), cells, alignment, caption, label))


def _fill(frame: pd.DataFrame, formats: Mapping[str, str]) -> list[list[str]]:
    used = {
        heading: {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
        for heading, text in formats.items()
    }
    if unknown := sorted(set().union(*used.values()) - set(frame.columns)):
        raise Problem(
            f"The table shows the columns {', '.join(unknown)}, which its rows lack; correct the"
            " step that makes them."
        )
    rows: list[dict[Any, Any]] = frame.to_dict("records")
    return [[_cell(text, row, used[heading]) for heading, text in formats.items()] for row in rows]


def _cell(text: str, row: Mapping[Any, Any], used: set[str]) -> str:
    """Fill one format; what is missing leaves it blank, or without its interval."""
    if not any(pd.isna(row[name]) for name in used):
        return _plain(text, row)
    parts = _INTERVAL.fullmatch(text)
    if parts is None:
        return ""
    (value,) = (name for _, name, _, _ in string.Formatter().parse(parts["value"]) if name)
    return "" if pd.isna(row[value]) else f"{_plain(parts['value'], row)} ({TOO_FEW})"


def _plain(text: str, row: Mapping[Any, Any]) -> str:
    """A cell is one line of characters that can be printed, whatever the data hold."""
    return _CONTROL.sub("", " ".join(text.format_map(row).split()))


def _is_numeric(cells: Sequence[str]) -> bool:
    return any(cells) and all(_NUMBER.fullmatch(cell) for cell in cells if cell)


def _markdown(
    headings: list[str], cells: list[list[str]], alignment: list[str], caption: str
) -> str:
    import tabulate

    # All tables of a study look alike, whether wcwidth is installed or not.
    tabulate.WIDE_CHARS_MODE = False
    first, *rows = [[_escape_markdown(cell) for cell in row] for row in [headings, *cells]]
    # A rule has at least three characters, whatever its column holds.
    first = [
        cell.rjust(3) if side == "r" else cell.ljust(3)
        for cell, side in zip(first, alignment, strict=True)
    ]
    row = tabulate.DataRow("|", "|", "|")
    table = tabulate.tabulate(
        # Headings of tabulate's own would be two characters wider than they are.
        [first, tabulate.SEPARATING_LINE, *rows],
        tablefmt=tabulate.TableFormat(
            lineabove=None,
            linebelowheader=_rule,
            linebetweenrows=None,
            linebelow=None,
            headerrow=row,
            datarow=row,
            padding=1,
            with_header_hide=None,
        ),
        colalign=[{"r": "right", "l": "left"}[side] for side in alignment],
        disable_numparse=True,
        preserve_whitespace=True,
    )
    return f"{_escape_markdown(caption)}\n\n{table}\n"


def _rule(widths: Sequence[int], alignment: Sequence[str]) -> str:
    """The line below the headings; a colon says that a column stands on the right."""
    rules = [
        "-" * (width - 3) + (":" if side == "right" else "-")
        for width, side in zip(widths, alignment, strict=True)
    ]
    return f"| {' | '.join(rules)} |"


def _latex(
    headings: list[str], cells: list[list[str]], alignment: list[str], caption: str, label: str
) -> str:
    escaped = [[_escape_latex(cell) for cell in row] for row in cells]
    frame = pd.DataFrame(escaped, columns=[_escape_latex(heading) for heading in headings])
    table = frame.style.hide(axis="index").to_latex(
        hrules=True, column_format="".join(alignment), caption=_escape_latex(caption), label=label
    )
    return f"% Needs \\usepackage{{booktabs}} and \\usepackage[T1]{{fontenc}}.\n{table}"


def _escape_markdown(text: str) -> str:
    return _MARKDOWN.sub(r"\\\g<0>", " ".join(text.split()))


def _escape_latex(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in " ".join(text.split()))
