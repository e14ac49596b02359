"""One table of results as CSV for programs, as Markdown for pages and as LaTeX for papers."""

import re
import string
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from spuriverse.problems import Problem
from spuriverse.tables.files import PathLike, write_csv, write_text

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
_NUMBER = re.compile(r"[-+]?[\d.,]+(?:e[-+]?\d+)?(?: .*)?")


def write_result_table(
    frame: pd.DataFrame,
    stem: PathLike,
    columns: Sequence[str],
    caption: str,
    shown: Mapping[str, str] | None = None,
) -> None:
    """Write `frame` as `<stem>.csv`, `<stem>.md` and `<stem>.tex`; the same rows, the same bytes.

    Args:
        frame: Exactly the columns in `columns`, in any order.
        stem: Path of the files without their suffixes.
        columns: The columns of the CSV file, in order; see `write_csv`.
        caption: What the table shows, as plain text, for Markdown and LaTeX.
        shown: What Markdown and LaTeX show: heading -> format of the cells, which names columns
            as in `{accuracy:.3f} [{low:.3f}, {high:.3f}]`. A cell is blank if a value it names is
            missing. By default every column is shown as in the CSV file.

    Raises:
        Problem: A column is missing, repeated or too many, a format names a column that is not
            there, or a file cannot be written.
    """
    formats = shown or {column: f"{{{column}}}" for column in columns}
    write_csv(frame, f"{stem}.csv", columns)
    write_marked_up(frame, stem, caption, formats)


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
    return [
        [
            "" if any(pd.isna(row[name]) for name in used[heading]) else _plain(text, row)
            for heading, text in formats.items()
        ]
        for row in rows
    ]


def _plain(text: str, row: Mapping[Any, Any]) -> str:
    """A cell is one line, whatever the data hold."""
    return " ".join(text.format_map(row).split())


def _is_numeric(cells: Sequence[str]) -> bool:
    return any(cells) and all(_NUMBER.fullmatch(cell) for cell in cells if cell)


def _markdown(
    headings: list[str], cells: list[list[str]], alignment: list[str], caption: str
) -> str:
    escaped = [[_escape_markdown(cell) for cell in row] for row in [headings, *cells]]
    widths = [max(3, *map(len, column)) for column in zip(*escaped, strict=True)]
    lines = [_markdown_row(row, widths, alignment) for row in escaped]
    rules = [
        "-" * (width - 1) + (":" if side == "r" else "-")
        for width, side in zip(widths, alignment, strict=True)
    ]
    lines.insert(1, _markdown_row(rules, widths, alignment))
    return f"{_escape_markdown(caption)}\n\n" + "\n".join(lines) + "\n"


def _markdown_row(cells: list[str], widths: list[int], alignment: list[str]) -> str:
    padded = [
        cell.rjust(width) if side == "r" else cell.ljust(width)
        for cell, width, side in zip(cells, widths, alignment, strict=True)
    ]
    return f"| {' | '.join(padded)} |"


def _latex(
    headings: list[str], cells: list[list[str]], alignment: list[str], caption: str, label: str
) -> str:
    lines = [" & ".join(map(_escape_latex, row)) + r" \\" for row in [headings, *cells]]
    return "\n".join(
        [
            r"% Needs \usepackage{booktabs} and \usepackage[T1]{fontenc}.",
            r"\begin{table}",
            rf"\caption{{{_escape_latex(caption)}}}",
            rf"\label{{{label}}}",
            rf"\begin{{tabular}}{{{''.join(alignment)}}}",
            r"\toprule",
            lines[0],
            r"\midrule",
            *lines[1:],
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
            "",
        ]
    )


def _escape_markdown(text: str) -> str:
    return _MARKDOWN.sub(r"\\\g<0>", " ".join(text.split()))


def _escape_latex(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in " ".join(text.split()))
