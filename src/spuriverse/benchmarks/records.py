"""Published metadata files: questions with a model's recorded replies and an LVLM's verdicts.

One file per benchmark, with the columns of its questions and `prediction` (the raw reply), `parsed`
(the letter that was read from it, or nothing), `spuriousAttr` (the raw verdict on an error).
"""

import hashlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from string import ascii_uppercase

import pandas as pd

from spuriverse.benchmarks.formats import Cells, read_csv
from spuriverse.benchmarks.readers import reader_of
from spuriverse.benchmarks.rows import Row
from spuriverse.problems import Problem
from spuriverse.questions import parse_reply
from spuriverse.tables import CHUNK_ROWS, sample_id

LETTERS = frozenset(ascii_uppercase)
REPLY_COLUMNS = ("index", "answer", "prediction", "parsed", "spuriousAttr")


def read_records(path: Path, benchmark: str, reader: str | None = None) -> Iterator[pd.DataFrame]:
    """Read the recorded replies to a benchmark's questions, a chunk of rows at a time.

    The published code filed replies by the column `index` alone. Where that names a question a
    second time and the reply is the first one's word for word, the reply to the second question
    was overwritten: such a row is marked `repeated`, and no reply to it is known.

    Args:
        path: The CSV file, or a folder with that one CSV file.
        benchmark: Name of the benchmark.
        reader: Key of `benchmarks` that says how its questions are read; by default its name.

    Yields:
        A `records` table in chunks of at most `CHUNK_ROWS` rows, one row per row of the file.
        `outcome` and `predicted` are what this project's parser reads from the reply, `parsed` is
        what the file says.

    Raises:
        Problem: The file is missing, not CSV in UTF-8, or lacks a column.
    """
    path = _only_file(path)
    filed = _Filed()
    # The file is read twice at once: as the benchmark reads it, and cell by cell.
    rows, cells = reader_of(reader or benchmark)(path), read_csv(path, REPLY_COLUMNS)
    pairs = ((row, texts) for row, (_, texts) in zip(rows, cells, strict=True))
    for chunk in iter(lambda: list(islice(pairs, CHUNK_ROWS)), []):
        yield pd.DataFrame([_record(row, texts, benchmark, path, filed) for row, texts in chunk])


def _record(
    row: Row, cells: Cells, benchmark: str, path: Path, filed: "_Filed"
) -> dict[str, object]:
    answer = parse_reply(cells["prediction"], row.options)
    return {
        "row": row.number,
        "benchmark": benchmark,
        "sample_id": sample_id(benchmark, row.image_id, row.question),
        "question": row.question,
        "answer": cells["answer"],
        "reply": cells["prediction"],
        "parsed": _letter(cells["parsed"], row.number, path),
        "outcome": str(answer.outcome),
        "predicted": "" if answer.choice is None else row.options[answer.choice],
        "verdict": cells["spuriousAttr"],
        "repeated": filed.repeats(cells["index"], cells["prediction"]),
    }


def _letter(text: str, number: int, path: Path) -> str:
    """A letter beyond the options is let pass: the published code writes E for a failed request."""
    letter = text.strip().upper()
    if letter and letter not in LETTERS:
        raise Problem(
            f"{path}, row {number}: the column parsed is '{text[:20]}', but must be a"
            " letter or empty; correct it."
        )
    return letter


class _Filed:
    """The first reply under every index, by its digest: replies may be long."""

    def __init__(self) -> None:
        self._first: dict[str, bytes] = {}

    def repeats(self, index: str, reply: str) -> bool:
        """File a reply, and say whether it repeats the one that is filed there already."""
        digest = hashlib.sha256(reply.encode("utf-8")).digest()
        seen = index in self._first
        return self._first.setdefault(index, digest) == digest and seen


def _only_file(path: Path) -> Path:
    if not path.is_dir():
        return path
    files = sorted(path.glob("*.csv"))
    if len(files) != 1:
        raise Problem(f"{path} holds {len(files)} CSV files instead of one; name the file itself.")
    return files[0]
