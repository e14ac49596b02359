"""Seconds an item takes, by rule and size of model: assumed, or measured on a device and a date."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path

from spuriverse.problems import Problem
from spuriverse.tables import write_text

SECONDS_COLUMNS = (
    *("rule", "asked", "up_to_billions", "item", "start_seconds", "seconds_per_item"),
    *("basis", "device", "date", "source"),
)
"""Columns of `seconds.csv`."""

MEASURED = "measured"

FROZEN = "finetune_adapters, vision tower frozen"
"""In place of a rule: its samples where the vision tower gets no adapters."""


@dataclass(frozen=True)
class ItemSeconds:
    """What the items of a rule take.

    Attributes:
        rule: The rule.
        asked: How the model is asked (zoo, transformers, openai, served); empty for a rule that
            asks none.
        up_to_billions: Billions of parameters of the largest model it holds for; empty for any.
        item: What is counted.
        start_seconds: Of a job, before its first item.
        seconds_per_item: Of an item.
        basis: "measured" or "assumed".
        device: Where it was measured.
        date: When, as YYYY-MM-DD.
        source: What was measured, or what the assumption is.
    """

    rule: str
    asked: str
    up_to_billions: str
    item: str
    start_seconds: float
    seconds_per_item: float
    basis: str
    device: str
    date: str
    source: str

    @property
    def origin(self) -> str:
        """Where the numbers come from, for people."""
        place = ", ".join(part for part in (self.device, self.date) if part)
        return f"{self.source} ({place})" if place else self.source


def seconds_file() -> Path:
    """Return the file of the table that plans are made from."""
    return Path(str(resources.files("spuriverse.workflow").joinpath("seconds.csv")))


def read_seconds(path: Path | None = None) -> list[ItemSeconds]:
    """Return the rows of a table, in its order.

    Args:
        path: The file; by default that of plans.

    Raises:
        Problem: The file is not such a table.
    """
    path = path or seconds_file()
    with path.open(encoding="utf-8", newline="") as file:
        return list(_parse(csv.DictReader(file), path))


def find_seconds(
    rows: Sequence[ItemSeconds], rule: str, asked: str, billions: float
) -> ItemSeconds:
    """Return the row for a model: the smallest size that holds it, or the largest there is.

    Of rows of the same size what was measured comes before what is assumed, and the latest first.

    Args:
        rows: The table; at least one row is for the rule and the way it asks.
        rule: The rule.
        asked: How the model is asked.
        billions: Billions of its parameters.
    """

    def size(row: ItemSeconds) -> float:
        return float(row.up_to_billions or "inf")

    known = [row for row in rows if (row.rule, row.asked) == (rule, asked)]
    sizes = sorted({size(row) for row in known})
    chosen = next((limit for limit in sizes if billions <= limit), sizes[-1])
    return max(
        (row for row in known if size(row) == chosen),
        key=lambda row: (row.basis == MEASURED, row.date),
    )


def record_seconds(measured: Sequence[ItemSeconds], path: Path | None = None) -> None:
    """Add measured rows to a table; what the same device was measured at before is replaced.

    Args:
        measured: The rows.
        path: The file; by default that of plans.

    Raises:
        Problem: The file is not such a table.
    """
    path = path or seconds_file()
    fresh = {_place(row) for row in measured}
    kept = [row for row in read_seconds(path) if _place(row) not in fresh]
    text = io.StringIO()
    writer = csv.DictWriter(text, SECONDS_COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in [*kept, *measured]:
        plain = asdict(row)
        for name in ("start_seconds", "seconds_per_item"):
            plain[name] = f"{plain[name]:g}"
        writer.writerow(plain)
    write_text(path, text.getvalue())


def _place(row: ItemSeconds) -> tuple[str, ...]:
    return (row.rule, row.asked, row.up_to_billions, row.basis, row.device)


def _parse(rows: "csv.DictReader[str]", path: Path) -> Iterator[ItemSeconds]:
    if tuple(rows.fieldnames or ()) != SECONDS_COLUMNS:
        raise Problem(f"{path} does not have the columns {', '.join(SECONDS_COLUMNS)}; restore it.")
    for row in rows:
        yield _row(row, path, rows.line_num)


def _row(row: Mapping[str, str], path: Path, line: int) -> ItemSeconds:
    names = ("rule", "asked", "up_to_billions", "item", "basis", "device", "date", "source")
    try:
        start, each = float(row["start_seconds"]), float(row["seconds_per_item"])
        float(row["up_to_billions"] or "inf")
    except (TypeError, ValueError):
        raise Problem(f"{path}, line {line}, is not a valid row of seconds; correct it.") from None
    return ItemSeconds(
        start_seconds=start, seconds_per_item=each, **{name: row[name] for name in names}
    )
