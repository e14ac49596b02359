"""One act of a reviewer: what it must be, and how it stands in a CSV file."""

import csv
import io
import unicodedata
from collections.abc import Iterable
from dataclasses import astuple, replace
from datetime import UTC, datetime

from spuriverse.discovery.review.decisions import ACTS, FIELDS, Act
from spuriverse.problems import Problem
from spuriverse.tables import content_sha256

LONGEST_NAME = 80
ACT_ID_DIGITS = 32
# A spreadsheet would run a cell with such a beginning as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
_FLAGS = {"true": True, "false": False, "1": True, "0": False}


def checked(act: Act) -> Act:
    """Return the act with its texts trimmed.

    Raises:
        Problem: The act or the reviewer's name cannot be, or a candidate is accepted without a
            complete attribute.
    """
    act = replace(
        act,
        candidate_id=act.candidate_id.strip(),
        reviewer=reviewer_name(act.reviewer),
        attribute=_attribute(act.attribute),
        spurious_description=act.spurious_description.strip(),
        core_description=act.core_description.strip(),
        note=act.note.strip(),
    )
    if not act.candidate_id:
        raise Problem("The act names no candidate; give its candidate_id.")
    if act.act not in ACTS:
        raise Problem(f"The act is {act.act!r}; give one of {', '.join(ACTS)}.")
    kind, _, feature = act.attribute.partition(":")
    if act.act == "accept" and not (kind and feature):
        raise Problem(
            f"The candidate {act.candidate_id} cannot be accepted with the attribute"
            f" {act.attribute!r}; give a kind and an attribute, which read kind:value."
        )
    if act.act == "skip" and act.resolves:
        raise Problem("A skip resolves nothing; accept or reject the candidate.")
    return act


def reviewer_name(name: str) -> str:
    """Return a reviewer's name as it is stored.

    Raises:
        Problem: It is empty, too long, or could be mistaken for something else.
    """
    name = unicodedata.normalize("NFC", " ".join(name.split()))
    if not name or len(name) > LONGEST_NAME or not name.isprintable() or "," in name:
        raise Problem(
            f"The reviewer's name is {name[: LONGEST_NAME + 1]!r}; give 1 to {LONGEST_NAME}"
            " printable characters without a comma."
        )
    if name == "auto":
        raise Problem(
            "The reviewer's name 'auto' is reserved for the automatic mode; give another one."
        )
    return name


def time_text(moment: datetime) -> str:
    """Return a moment as the field `made` holds it."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def write_acts(acts: Iterable[Act]) -> str:
    """Return the text of a CSV file with one row an act; `read_acts` gives them back unchanged."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(FIELDS)
    for act in acts:
        writer.writerow(map(_cell, astuple(act)))
    return file.getvalue()


def read_acts(text: str, source: str) -> list[Act]:
    """Read the acts of a CSV file.

    Args:
        text: The file's contents. In a row that a person wrote, `act_id`, `made`, `resolves` and
            `undone` may be empty; `made` is left so.
        source: Names the file in a Problem.

    Raises:
        Problem: The columns are not exactly `FIELDS`, in any order, or a row is not a valid act; it
            names the row, counted as a spreadsheet does.
    """
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        header = next(rows, [])
        if sorted(header) != sorted(FIELDS):
            raise Problem(
                f"{source} has the columns {', '.join(header) or '(none)'}, but decisions have"
                f" exactly {', '.join(FIELDS)}; export a file to see one."
            )
        return [
            _act(header, cells, f"{source}, row {number}")
            for number, cells in enumerate(rows, start=2)
            if cells
        ]
    except csv.Error as error:
        raise Problem(f"{source} is not a CSV file ({error}); export it once more.") from error


def _act(header: list[str], cells: list[str], place: str) -> Act:
    if len(cells) != len(header):
        raise Problem(
            f"{place} has {len(cells)} cells, but there are {len(header)} columns; put texts with"
            " a comma between double quotes."
        )
    row = {name: _text(cell) for name, cell in zip(header, cells, strict=True)}
    try:
        act = checked(
            Act(
                **{name: row[name] for name in FIELDS[2:-2]},
                act_id=row["act_id"].strip(),
                made=_moment(row["made"].strip()),
                resolves=_flag("resolves", row["resolves"]),
                undone=_flag("undone", row["undone"]),
            )
        )
    except Problem as problem:
        raise Problem(f"{place}: {problem}") from None
    # Without an id of its own the row is known by its contents, so that it is imported only once.
    contents = "\0".join(map(str, astuple(act)[:-1]))
    return replace(act, act_id=act.act_id or content_sha256(contents)[:ACT_ID_DIGITS])


def _attribute(text: str) -> str:
    kind, colon, feature = (" ".join(part.split()) for part in text.partition(":"))
    return f"{kind}{colon}{feature}"


def _moment(text: str) -> str:
    if not text:
        return ""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError("no time zone")
        return time_text(moment)
    except (ValueError, OverflowError) as error:
        raise Problem(
            f"The time made is {text!r}; write it like 2026-01-31T12:00:00.000000+00:00."
        ) from error


def _flag(name: str, text: str) -> bool:
    flag = _FLAGS.get(text.strip().casefold() or "false")
    if flag is None:
        raise Problem(f"The column {name} holds {text!r}; write true or false.")
    return flag


def _cell(value: str | bool) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}" if value.startswith(_FORMULA) else value


def _text(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(_FORMULA) else cell
