"""A recorded model answers what was recorded, and nothing else."""

import pandas as pd

from contracts import as_table
from spuriverse.models import answer_from_records


def records(*rows: tuple[str, str, str, str, bool]) -> pd.DataFrame:
    columns = ["sample_id", "reply", "outcome", "predicted", "repeated"]
    return pd.DataFrame(rows, columns=columns)


def samples(*ids: str, options: tuple[str, ...] = ("cat", "dog")) -> pd.DataFrame:
    return pd.DataFrame({"sample_id": ids, "options": [list(options) for _ in ids]})


def answer(known: pd.DataFrame, asked: pd.DataFrame) -> pd.DataFrame:
    responses = answer_from_records(known, asked, model="gpt-4o")
    return as_table(responses, "responses")


def test_the_chosen_text_is_found_whatever_the_order_of_the_options() -> None:
    known = records(("s", "(B) dog", "answered", "dog", False))
    for options, choice in ((("cat", "dog"), 1), (("dog", "cat"), 0)):
        response = answer(known, samples("s", options=options)).iloc[0]
        assert (response["choice"], response["reply"]) == (choice, "(B) dog")


def test_what_is_not_known_failed_and_is_never_an_answer() -> None:
    known = records(
        ("repeated", "(A) cat", "answered", "cat", True),
        ("other options", "(A) cow", "answered", "cow", False),
        ("refusal", "I don't know", "abstained", "", False),
    )
    responses = answer(known, samples("missing", "repeated", "other options", "refusal"))
    assert responses["outcome"].tolist() == ["failed", "failed", "failed", "abstained"]
    assert responses["choice"].isna().all()


def test_of_two_records_the_one_that_is_its_own_counts() -> None:
    known = records(
        ("s", "(A) cat", "answered", "cat", True), ("s", "(B) dog", "answered", "dog", False)
    )
    assert answer(known, samples("s"))["choice"].tolist() == [1]
