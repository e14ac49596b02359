"""Recorded verdicts become candidates without an attribute, which a person is to name."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import as_table
from spuriverse.discovery.curation import annotate_from_records

laws = settings(deadline=None, derandomize=True, max_examples=60)


def make_errors(ids: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"sample_id": ids, "predicted": [f"wrong {name}" for name in ids]})


def make_records(*rows: tuple[str, str, bool]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=["sample_id", "verdict", "repeated"])
    return frame.astype({"repeated": bool})


def test_a_yes_is_a_candidate_without_an_attribute() -> None:
    text = "Yes, the snow suggests winter sports."
    candidates, verdicts = annotate_from_records(
        make_errors(["a"]), make_records(("a", text, False))
    )
    row = as_table(candidates, "candidates").to_dict("records")[0]
    assert (row["candidate_id"], row["sample_id"], row["predicted"]) == ("a-1", "a", "wrong a")
    assert row["rationale"] == row["reply"] == text
    assert (row["annotator"], row["status"]) == ("recorded", "proposed")
    rest = ("attribute", "kind", "prompt_sha256", "reviewer", "note")
    assert {row[key] for key in (*rest, "spurious_description", "core_description")} == {""}
    assert as_table(verdicts, "verdicts").to_dict("records") == [
        {
            "sample_id": "a",
            "annotator": "recorded",
            "verdict": "yes",
            "rationale": text,
            "prompt_sha256": "",
            "reply": text,
        }
    ]


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Yes.", "yes"),
        ("  yes", "yes"),
        ("YES, it is", "yes"),
        ("No, not here.", "no"),
        ("no", "no"),
        ("I cannot say.", "failed"),
    ],
)
def test_the_verdict_is_the_first_word(text: str, verdict: str) -> None:
    candidates, verdicts = annotate_from_records(
        make_errors(["a"]), make_records(("a", text, False))
    )
    assert verdicts["verdict"].tolist() == [verdict]
    assert len(candidates) == (verdict == "yes")


@pytest.mark.parametrize("text", ["", "  "])
def test_without_a_recorded_verdict_there_is_none(text: str) -> None:
    candidates, verdicts = annotate_from_records(
        make_errors(["a"]), make_records(("a", text, False))
    )
    assert candidates.empty and verdicts.empty
    assert as_table(candidates, "candidates").empty
    assert as_table(verdicts, "verdicts").empty


def test_a_repeated_row_is_passed_over_and_the_first_other_one_counts() -> None:
    records = make_records(("a", "No.", True), ("a", "Yes, one.", False), ("a", "No.", False))
    candidates, verdicts = annotate_from_records(make_errors(["a"]), records)
    assert verdicts["rationale"].tolist() == candidates["rationale"].tolist() == ["Yes, one."]


VERDICTS = st.sampled_from(["", "Yes, so.", "No, not so."])


@given(
    st.lists(st.tuples(st.integers(0, 9), VERDICTS, st.booleans()), max_size=20),
    st.sets(st.integers(0, 12)),
)
@laws
def test_every_error_has_the_verdict_of_its_own_record(rows: list, asked: set[int]) -> None:
    records = make_records(*[(f"s-{key}", text, repeated) for key, text, repeated in rows])
    first: dict[str, str] = {}
    for key, text, repeated in rows:
        if not repeated:
            first.setdefault(f"s-{key}", text)
    errors = make_errors([f"s-{key}" for key in asked])
    candidates, verdicts = annotate_from_records(errors, records)
    expected = [(s, first[s]) for s in errors["sample_id"] if first.get(s)]
    assert list(zip(verdicts["sample_id"], verdicts["reply"], strict=True)) == expected
    assert candidates["sample_id"].tolist() == [s for s, text in expected if text.startswith("Yes")]
