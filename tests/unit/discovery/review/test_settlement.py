"""What is accepted follows from the decisions, and from nothing else."""

import logging
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts import as_table
from spuriverse.discovery.review import ReviewStore, disagreements, settle, waiting
from spuriverse.discovery.review.decisions import FIELDS
from spuriverse.problems import Problem

laws = settings(
    deadline=None,
    derandomize=True,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
WATER, SNOW = "background:water", "background:snow"


@pytest.fixture
def store(tmp_path: Path):
    with ReviewStore(tmp_path / "decisions.sqlite") as opened:
        yield opened


def annotated(*attributes: str) -> pd.DataFrame:
    """Proposed candidates c-0, c-1, ... with these attributes."""
    rows = [
        {
            "candidate_id": f"c-{number}",
            "sample_id": f"s-{number}",
            "predicted": "boat",
            "attribute": attribute,
            "kind": attribute.partition(":")[0],
            "rationale": "Boats float.",
            "annotator": "made-up",
            "prompt_sha256": "",
            "reply": "Yes",
            "spurious_description": "with",
            "core_description": "without",
            "status": "proposed",
            "reviewer": "",
            "note": "",
        }
        for number, attribute in enumerate(attributes)
    ]
    return pd.DataFrame(rows)


def settled(store: ReviewStore, *attributes: str) -> list[dict]:
    table = settle(annotated(*attributes), store.decisions(), "human")
    as_table(table, "candidates")
    return table.to_dict("records")


def test_auto_accepts_every_candidate_with_an_attribute(store: ReviewStore) -> None:
    store.record("c-0", "Ann", "reject")
    table = settle(annotated(WATER, "", SNOW), store.decisions(), "auto")
    as_table(table, "candidates")
    assert table["status"].tolist() == ["accepted", "proposed", "accepted"]
    assert table["reviewer"].tolist() == ["auto", "", "auto"]
    assert waiting(table) == 1


def test_an_unknown_mode_is_a_problem() -> None:
    with pytest.raises(Problem, match="'both'; give one of auto, human"):
        settle(annotated(WATER), pd.DataFrame(columns=FIELDS), "both")


def test_without_decisions_everything_waits(store: ReviewStore) -> None:
    table = settle(annotated(WATER, ""), store.decisions(), "human")
    pd.testing.assert_frame_equal(table, annotated(WATER, ""))
    assert waiting(table) == 2
    assert waiting(settle(annotated(WATER).iloc[:0], store.decisions(), "human")) == 0


def test_what_the_reviewer_edited_is_taken_over(store: ReviewStore) -> None:
    store.record(
        "c-0",
        "Ann",
        "accept",
        attribute="shape:round: or so",
        spurious_description="A round boat.",
        core_description="A boat.",
        note="clear",
    )
    (row,) = settled(store, "")
    assert row["status"] == "accepted"
    assert (row["attribute"], row["kind"]) == ("shape:round: or so", "shape")
    assert (row["spurious_description"], row["core_description"]) == ("A round boat.", "A boat.")
    assert (row["reviewer"], row["note"], row["rationale"]) == ("Ann", "clear", "Boats float.")


def test_a_rejected_candidate_keeps_what_the_annotator_wrote(store: ReviewStore) -> None:
    store.record("c-0", "Ann", "reject", attribute=SNOW, spurious_description="?", note="no")
    (row,) = settled(store, WATER)
    assert (row["status"], row["attribute"]) == ("rejected", WATER)
    assert (row["spurious_description"], row["note"]) == ("with", "no")


def test_reviewers_who_agree_settle_it_and_the_last_one_words_it(store: ReviewStore) -> None:
    store.record("c-0", "Zoe", "accept", attribute=WATER, core_description="one", note="a")
    store.record("c-0", "Ann", "accept", attribute=WATER, core_description="two", note="b")
    (row,) = settled(store, SNOW)
    assert (row["status"], row["reviewer"], row["note"]) == ("accepted", "Ann, Zoe", "a; b")
    assert (row["attribute"], row["core_description"]) == (WATER, "two")
    assert disagreements(store.decisions()).empty


@pytest.mark.parametrize(
    ("second", "listed"),
    [
        ({"act": "reject"}, ("Ann", "Ben", WATER)),
        ({"act": "accept", "attribute": SNOW}, ("Ann, Ben", "", f"{SNOW} | {WATER}")),
    ],
)
@pytest.mark.parametrize("verdict", ["accept", "reject"])
def test_a_disagreement_waits_for_a_resolution(store, second: dict, listed, verdict: str) -> None:
    store.record("c-0", "Ann", "accept", attribute=WATER)
    store.record("c-0", "Ben", **second)
    assert settled(store, WATER) == annotated(WATER).to_dict("records")
    (row,) = disagreements(store.decisions()).to_dict("records")
    assert (row["accepted_by"], row["rejected_by"], row["attributes"]) == listed
    assert not row["resolved"]

    store.record("c-0", "Cem", verdict, attribute=WATER, note="seen", resolves=True)
    (row,) = settled(store, WATER)
    assert row["status"] == {"accept": "accepted", "reject": "rejected"}[verdict]
    assert (row["reviewer"], row["note"]) == ("Ann, Ben, Cem", "seen")
    assert disagreements(store.decisions())["resolved"].tolist() == [True]

    store.undo("Cem")
    assert settled(store, WATER)[0]["status"] == "proposed"


def test_the_last_of_two_resolutions_counts(store: ReviewStore) -> None:
    store.record("c-0", "Ann", "accept", attribute=WATER)
    store.record("c-0", "Ben", "reject")
    store.record("c-0", "Cem", "reject", resolves=True)
    store.record("c-0", "Ann", "accept", attribute=SNOW, resolves=True)
    (row,) = settled(store, WATER)
    assert (row["status"], row["attribute"]) == ("accepted", SNOW)


def test_decisions_about_other_candidates_are_told_of(store: ReviewStore, caplog) -> None:
    store.record("gone", "Ann", "reject")
    with caplog.at_level(logging.WARNING):
        assert settled(store, WATER)[0]["status"] == "proposed"
    assert "1 candidates were reviewed but are not among those annotated now, gone" in caplog.text


ACTS = st.tuples(
    st.sampled_from(["c-0", "c-1", "c-2"]),
    st.sampled_from(["Ann", "Ben", "Cem"]),
    st.sampled_from(["accept", "reject", "skip", "undo"]),
    st.sampled_from([WATER, SNOW]),
)


@given(st.lists(ACTS, max_size=12))
@laws
def test_a_candidate_waits_exactly_if_undecided_or_disputed(store: ReviewStore, acts: list) -> None:
    while any(store.undo(name) for name in ("Ann", "Ben", "Cem")):
        pass
    done: dict[str, list[tuple]] = {"Ann": [], "Ben": [], "Cem": []}
    for candidate, name, act, attribute in acts:
        if act == "undo":
            store.undo(name)
            done[name] = done[name][:-1]
        else:
            store.record(candidate, name, act, attribute=attribute)
            done[name].append((candidate, act, attribute if act == "accept" else ""))
    decisions = store.decisions().sample(frac=1, random_state=0)
    table = settle(annotated(WATER, SNOW, ""), decisions, "human")
    disputed = set(disagreements(decisions)["candidate_id"])
    for row in table.itertuples():
        last = {
            name: [act[1:] for act in own if act[0] == row.candidate_id and act[1] != "skip"][-1:]
            for name, own in done.items()
        }
        judged = {act[0] for act in last.values() if act}
        assert (row.status == "proposed") == (len(judged) != 1)
        assert (row.candidate_id in disputed) == (len(judged) > 1)
        if len(judged) == 1:
            act, attribute = judged.pop()
            assert row.status == {"accept": "accepted", "reject": "rejected"}[act]
            assert act == "reject" or row.attribute == attribute
