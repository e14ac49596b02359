"""Digests of the smoke run's tables, and the processor that made them.

    python tests/workflow/digests.py

makes the smoke run from nothing in a folder of its own and writes `digests.csv` anew.
"""

import csv
import hashlib
import io
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from checkout import copy_workflow

from spuriverse.cpu import describe_processor
from spuriverse.tables import write_text

RECORD = Path(__file__).with_name("digests.csv")
RENEW = (
    "If the code, the configuration or a library's version was meant to change them, renew the"
    " record with `make digests`, and say why in the commit."
)


@dataclass(frozen=True)
class Digests:
    """What a run gave.

    Attributes:
        processor: As `describe_processor` says it.
        tables: File name -> SHA-256 of the table's bytes, in hexadecimal digits.
    """

    processor: str
    tables: dict[str, str]


@dataclass(frozen=True)
class Finding:
    """What a comparison says.

    Attributes:
        failed: Whether the run is not what it has to be.
        message: What differs; empty where nothing does.
    """

    failed: bool
    message: str


def digest_tables(tables: Mapping[str, bytes]) -> Digests:
    """Return the digests of tables that this processor has made, file name -> bytes."""
    made = {name: hashlib.sha256(tables[name]).hexdigest() for name in sorted(tables)}
    return Digests(describe_processor(), made)


def read_record(path: Path = RECORD) -> Digests:
    """Return what is recorded."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    (processor,) = {row["processor"] for row in rows}
    return Digests(processor, {row["table"]: row["sha256"] for row in rows})


def write_record(digests: Digests, path: Path = RECORD) -> None:
    """Write a record in place of the one that is there."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("table", "sha256", "processor"))
    rows.writerows((*item, digests.processor) for item in digests.tables.items())
    write_text(path, text.getvalue())


def compare(recorded: Digests, found: Digests) -> Finding:
    """Say whether a run gave what is recorded.

    Other digests are a failure on the processor that made the record, and only news on another.
    Other tables are a failure on any: which tables there are does not depend on the last digits.
    """
    names = recorded.tables.keys() ^ found.tables.keys()
    if names:
        return Finding(True, f"The record and the run do not have the same tables: {_list(names)}.")
    differing = {name for name in found.tables if found.tables[name] != recorded.tables[name]}
    if not differing:
        return Finding(False, "")
    share = f"{len(differing)} of {len(found.tables)} tables of the smoke run ({_list(differing)})"
    if found.processor == recorded.processor:
        return Finding(True, f"{share} are not those recorded on this {found.processor}.")
    return Finding(
        False,
        f"{share} of this {found.processor} differ from those recorded on {recorded.processor}.",
    )


def _list(names: set[str]) -> str:
    return ", ".join(sorted(names))


def main() -> None:
    """Make the smoke run from nothing, and record its digests."""
    with tempfile.TemporaryDirectory() as made:
        checkout = copy_workflow(Path(made))
        done = checkout.run("all")
        if done.returncode:
            sys.exit(f"the smoke run failed:\n{done.stderr[-4000:]}")
        digests = digest_tables(checkout.tables)
    write_record(digests)
    print(f"{RECORD}: {len(digests.tables)} tables of {digests.processor}")


if __name__ == "__main__":
    main()
