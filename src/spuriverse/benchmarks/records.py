"""Published metadata files: questions with a model's recorded replies and an LVLM's verdicts.

One file a benchmark, with the columns of its questions and `prediction` (the raw reply), `parsed`
(the letter that was read from it, or nothing), `spuriousAttr` (the raw verdict on an error).
"""

from collections.abc import Iterable
from pathlib import Path
from string import ascii_uppercase

import pandas as pd

from spuriverse.answers import parse_reply
from spuriverse.benchmarks.metadata_csv import read_cells
from spuriverse.benchmarks.readers import reader_of
from spuriverse.problems import Problem
from spuriverse.tables import sample_id

LETTERS = frozenset(ascii_uppercase)
REPLY_COLUMNS = ("index", "answer", "prediction", "parsed", "spuriousAttr")


def read_records(path: Path, benchmark: str, reader: str | None = None) -> pd.DataFrame:
    """Read the recorded replies to a benchmark's questions.

    The published code filed replies by the column `index` alone. Where that names a question a
    second time and the reply is the first one's word for word, the reply to the second question
    was overwritten: such a row is marked `repeated`, and no reply to it is known.

    Args:
        path: The CSV file, or a folder with that one CSV file.
        benchmark: Name of the benchmark.
        reader: Key of `benchmarks` that says how its questions are read; by default its name.

    Returns:
        A `records` table, one row a row of the file. `outcome` and `chosen` are what this
        project's parser reads from the reply, `parsed` is what the file says.

    Raises:
        Problem: The file is missing, not CSV in UTF-8, or lacks a column.
    """
    path = _only_file(path)
    rows = list(reader_of(reader or benchmark)(path))
    cells = read_cells(path, REPLY_COLUMNS)
    pairs = zip(cells["prediction"], rows, strict=True)
    answers = [parse_reply(reply, row.options) for reply, row in pairs]
    return pd.DataFrame(
        {
            "row": [row.number for row in rows],
            "benchmark": benchmark,
            "sample_id": [sample_id(benchmark, row.image_id, row.question) for row in rows],
            "question": [row.question for row in rows],
            "answer": cells["answer"],
            "reply": cells["prediction"],
            "parsed": [_letter(text, n, path) for n, text in enumerate(cells["parsed"])],
            "outcome": [str(answer.outcome) for answer in answers],
            "chosen": [
                "" if answer.choice is None else row.options[answer.choice]
                for answer, row in zip(answers, rows, strict=True)
            ],
            "verdict": cells["spuriousAttr"],
            "repeated": _repeats(cells["index"], cells["prediction"]),
        }
    )


def _letter(text: str, number: int, path: Path) -> str:
    """A letter beyond the options is let pass: the published code writes E for a failed request."""
    letter = text.strip().upper()
    if letter and letter not in LETTERS:
        raise Problem(
            f"{path}, row {number}: the column parsed is '{text[:20]}', and a letter or nothing is"
            " expected; correct the row."
        )
    return letter


def _repeats(index: Iterable[str], replies: Iterable[str]) -> list[bool]:
    first: dict[str, str] = {}
    return [
        first.setdefault(key, reply) == reply and seen
        for key, reply, seen in (
            (key, reply, key in first) for key, reply in zip(index, replies, strict=True)
        )
    ]


def _only_file(path: Path) -> Path:
    if not path.is_dir():
        return path
    files = sorted(path.glob("*.csv"))
    if len(files) != 1:
        raise Problem(
            f"{path} holds {len(files)} CSV files, and one is expected; name the file itself."
        )
    return files[0]
