"""Replies as models really give them: reasoned, corrected, doubted, wrapped, in six languages.

`situations.csv` is ours: made up by kind, with what a careful reader says of each reply.
"""

import csv
from pathlib import Path
from typing import NamedTuple

import pytest

from spuriverse.questions import parse_reply

HERE = Path(__file__).parent
OTHERS = HERE.parents[3] / "shared" / "cases"


class Situation(NamedTuple):
    """A reply; `want` is `answered:<letter>`, `abstained` or `unparsed`."""

    kind: str
    reply: str
    options: tuple[str, ...]
    want: str


def read_situations(path: Path) -> list[Situation]:
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Situation(
                row.get("kind") or path.stem,
                row["reply"],
                tuple(row["options"].split("|")),
                row["want"],
            )
            for row in csv.DictReader(file)
        ]


def read(one: Situation) -> str:
    answer = parse_reply(one.reply, one.options)
    letter = "" if answer.choice is None else f":{chr(ord('A') + answer.choice)}"
    return f"{answer.outcome}{letter}"


SITUATIONS = read_situations(HERE / "situations.csv")


@pytest.mark.parametrize("kind", sorted({one.kind for one in SITUATIONS}))
def test_a_situation_is_read_as_a_careful_reader_reads_it(kind: str) -> None:
    of_kind = [one for one in SITUATIONS if one.kind == kind]
    assert [(one, read(one)) for one in of_kind if read(one) != one.want] == []


def test_no_situation_is_told_twice() -> None:
    assert len({(one.reply, one.options) for one in SITUATIONS}) == len(SITUATIONS)


def test_the_cases_of_others_are_read_as_they_want() -> None:
    if not OTHERS.is_dir():
        pytest.skip(f"The cases are not at {OTHERS}.")
    cases = [one for path in sorted(OTHERS.glob("*.csv")) for one in read_situations(path)]
    assert cases
    assert [(one, read(one)) for one in cases if read(one) != one.want] == []
