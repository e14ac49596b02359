"""The labelled replies: every form in which models answer, with the outcome a careful reader gives.

A label in `replies.csv` says what a person makes of the reply. The parser was corrected until it
agreed with all of them, so that the table guards its behaviour and does not estimate its accuracy.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from spuriverse.questions import Outcome, parse_reply

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[2]
RECORDED = REPOSITORY.parent / "shared" / "data" / "aokvqa_train_meta.csv"

OUTCOMES = {
    "letter": Outcome.ANSWERED,
    "marked letter": Outcome.ANSWERED,
    "letter and text": Outcome.ANSWERED,
    "letter and reason": Outcome.ANSWERED,
    "answer prefix": Outcome.ANSWERED,
    "answer is": Outcome.ANSWERED,
    "bold": Outcome.ANSWERED,
    "boxed": Outcome.ANSWERED,
    "option text": Outcome.ANSWERED,
    "text and reason": Outcome.ANSWERED,
    "reasoning": Outcome.ANSWERED,
    "ChatML echo": Outcome.ANSWERED,
    "Llama echo": Outcome.ANSWERED,
    "USER-ASSISTANT echo": Outcome.ANSWERED,
    "Assistant echo": Outcome.ANSWERED,
    "Gemma echo": Outcome.ANSWERED,
    "look-alike": Outcome.ANSWERED,
    "look-alike within an option": Outcome.ANSWERED,
    "beside an empty slot": Outcome.ANSWERED,
    "several letters": Outcome.UNPARSED,
    "several texts": Outcome.UNPARSED,
    "conflict": Outcome.UNPARSED,
    "not offered": Outcome.UNPARSED,
    "no such letter": Outcome.UNPARSED,
    "empty slot": Outcome.UNPARSED,
    "empty echo": Outcome.UNPARSED,
    "no claim": Outcome.UNPARSED,
    "denial": Outcome.UNPARSED,
    "refusal": Outcome.ABSTAINED,
}


class Labelled(NamedTuple):
    """A reply and what a careful reader says of it; `choice` is a letter or empty."""

    form: str
    reply: str
    options: list[str]
    outcome: str
    choice: str


def read_labelled() -> Iterator[Labelled]:
    with (HERE / "replies.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield Labelled(**{**row, "options": row["options"].split("|")})


LABELLED = list(read_labelled())


def parse(reply: str, options: list[str]) -> tuple[str, str]:
    answer = parse_reply(reply, options)
    return answer.outcome, "" if answer.choice is None else chr(ord("A") + answer.choice)


@pytest.mark.parametrize(
    "labelled", LABELLED, ids=[f"{n}-{row.form}" for n, row in enumerate(LABELLED)]
)
def test_a_reply_is_read_as_a_careful_reader_reads_it(labelled: Labelled) -> None:
    expected = (labelled.outcome, labelled.choice)
    assert parse(labelled.reply, labelled.options) == expected


def test_the_table_covers_every_form_and_outcome() -> None:
    assert len({(row.reply, *row.options) for row in LABELLED}) == len(LABELLED) >= 150
    assert {(row.form, row.outcome) for row in LABELLED} == set(OUTCOMES.items())
    assert {row.outcome for row in LABELLED} == set(Outcome) - {Outcome.EMPTY, Outcome.FAILED}
    assert {len(row.options) for row in LABELLED} >= {2, 3, 4, 5}


@pytest.mark.parametrize(
    "wrapper",
    [
        " \n{}\n ",
        "**{}**",
        "<think>It is (A), or red, or I don't know.</think>\n{}",
        "<|im_start|>user\nIs it (A)?\n(A) red\n(B) blue<|im_end|>\n<|im_start|>assistant\n{}",
        "<s>[INST] Is it (A)? I am not sure. [/INST] {}",
        "<|start_header_id|>assistant<|end_header_id|>\n\n{}<|eot_id|>",
        "<start_of_turn>user\nThe answer is (A).<end_of_turn>\n<start_of_turn>model\n{}",
        "USER: Is it (A)? ASSISTANT: {}",
    ],
    ids=["blank", "bold", "thought", "ChatML", "Llama 2", "Llama 3", "Gemma", "USER"],
)
def test_wrapping_a_reply_changes_nothing(wrapper: str) -> None:
    """Echoes are left out: a prompt repeated within another one is not a form of reply."""
    rows = [row for row in LABELLED if not row.form.endswith("echo")]
    changed = [
        row
        for row in rows
        if parse(wrapper.replace("{}", row.reply), row.options) != (row.outcome, row.choice)
    ]
    assert changed == []


# --- the recorded replies --------------------------------------------------------------------


@pytest.fixture(scope="module")
def recorded() -> list[dict[str, str]]:
    if not RECORDED.exists():
        pytest.skip(f"The recorded replies of A-OKVQA are not at {RECORDED}.")
    with RECORDED.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_recorded_replies_are_read_as_recorded(recorded: list[dict[str, str]]) -> None:
    """Some 500 rows hold a reply to another question of the image; they choose nothing here."""
    outcomes = []
    for row in recorded:
        options = [row[letter] for letter in "ABCD"]
        outcome, choice = parse(row["prediction"], options)
        outcomes.append(outcome)
        letter, _, text = row["prediction"].removeprefix("(").partition(") ")
        if letter in "ABCD" and text == row[letter]:
            assert (outcome, choice) == (Outcome.ANSWERED, row["parsed"]), row
        elif choice:
            assert choice == row["parsed"] and not text, row
    assert outcomes.count(Outcome.ABSTAINED) == 13
    assert outcomes.count(Outcome.FAILED) == 0
    assert len(outcomes) == len(recorded) == 17_056
