"""The list of a reviewer: what is on it, what comes next, how long it takes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.discovery.review import ReviewStore
from spuriverse.discovery.review.app.worklist import (
    ACCEPTED,
    REJECTED,
    SKIPPED,
    TO_DO,
    Item,
    duration,
    following,
    judgements_of,
    letter,
    read_items,
    seconds_left,
    select,
    status_of,
)
from spuriverse.problems import Problem
from spuriverse.tables import write_table

laws = settings(deadline=None, derandomize=True, max_examples=50)


def item(number: int, benchmark: str = "world", kind: str = "scene") -> Item:
    attribute = f"{kind}:sea" if kind else ""
    texts = dict.fromkeys(("rationale", "annotator", "reply"), "x")
    scenes = dict.fromkeys(("spurious_description", "core_description"), "")
    return Item(
        candidate_id=f"c-{number}",
        sample_id=f"s-{number}",
        benchmark=benchmark,
        image="0.png",
        question="What?",
        options=("a", "b"),
        answer=0,
        predicted="b",
        attribute=attribute,
        kind=kind,
        **texts,
        **scenes,
    )


def tables(folder: Path, samples: list[str], candidates: list[str]) -> tuple[Path, list[Path]]:
    """Write one file of candidates, and one file per sample."""
    paths = []
    for number, sample in enumerate(samples):
        row = {
            "sample_id": sample,
            "benchmark": "world",
            "image": "0.png",
            "question": f"What is {sample}?",
            "options": ["a", "b"],
            "answer": 1,
            "category": "",
            "attributes": [],
        }
        paths.append(folder / f"{number}.parquet")
        write_table(pd.DataFrame([row]), paths[-1], "samples")
    rows = [
        {
            "candidate_id": f"{sample}-1",
            "sample_id": sample,
            "predicted": "a",
            "attribute": "scene:sea",
            "kind": "scene",
            "rationale": "why",
            "annotator": "made-up",
            "prompt_sha256": "",
            "reply": "Yes",
            "spurious_description": "with",
            "core_description": "without",
            "status": "proposed",
            "reviewer": "",
            "note": "",
        }
        for sample in candidates
    ]
    write_table(pd.DataFrame(rows), folder / "annotated.parquet", "candidates")
    return folder / "annotated.parquet", paths


def test_candidates_are_joined_with_their_samples_in_order(tmp_path: Path) -> None:
    items = read_items(*tables(tmp_path, ["s-1", "s-2", "s-3"], ["s-3", "s-1"]))
    assert [(i.candidate_id, i.question) for i in items] == [
        ("s-3-1", "What is s-3?"),
        ("s-1-1", "What is s-1?"),
    ]
    assert items[0].options == ("a", "b")
    assert (items[0].answer, items[0].predicted, items[0].core_description) == (1, "a", "without")


def test_a_candidate_of_an_unknown_sample_is_a_problem(tmp_path: Path) -> None:
    annotated, samples = tables(tmp_path, ["s-1"], ["s-1", "s-9"])
    for known in (samples, []):
        with pytest.raises(Problem, match=r"s-\d-1 comes from the sample s-\d, which no table"):
            read_items(annotated, known)


def test_the_status_is_the_reviewers_own(tmp_path: Path) -> None:
    with ReviewStore(tmp_path / "decisions.sqlite") as store:
        store.record("c-0", "Ann", "accept", attribute="scene:sea")
        store.record("c-1", "Ann", "reject")
        store.record("c-2", "Ann", "skip")
        store.record("c-3", "Ben", "reject")
        store.record("c-3", "Ann", "reject", resolves=True)
        judgements = judgements_of(store.decisions(), "Ann")
    items = [item(number) for number in range(4)]
    statuses = [status_of(judgements.get(i.candidate_id)) for i in items]
    assert statuses == [ACCEPTED, REJECTED, SKIPPED, TO_DO]
    assert select(items, judgements, status=TO_DO) == [items[3]]


def test_filters_are_joined_by_and() -> None:
    items = [item(0), item(1, kind="prop"), item(2, "easy"), item(3, kind="")]
    assert select(items, {}) == items
    assert select(items, {}, benchmark="world", kind="scene") == [items[0]]
    assert select(items, {}, benchmark="easy", kind="prop") == []


@given(st.integers(0, 8))
@laws
def test_what_follows_goes_round_the_whole_list(n: int) -> None:
    shown = [item(number) for number in range(n)]
    seen, place = [], "c-0"
    for _ in range(n):
        seen.append(place)
        place = following(shown, place)
    if n > 1:
        assert seen == [i.candidate_id for i in shown]
        assert place == "c-0"
    assert following(shown, "elsewhere") == ("c-0" if n else "")
    assert following(shown[:1], "c-0") == ""


def history(*gaps: float, reviewer: str = "Ann") -> pd.DataFrame:
    moments = [datetime(2026, 1, 31, 12, tzinfo=UTC)]
    for gap in gaps:
        moments.append(moments[-1] + timedelta(seconds=gap))
    return pd.DataFrame({"reviewer": reviewer, "made": [m.isoformat() for m in moments]})


def test_the_time_left_follows_the_reviewers_own_pace_without_pauses() -> None:
    own = history(10, 3600, 20, 12, 400)
    others = history(1, 1, 1, 1, 1, reviewer="Ben")
    both = pd.concat([others, own], ignore_index=True)
    assert seconds_left(both, "Ann", 5) == pytest.approx(60)
    assert seconds_left(both, "Ann", 0) == 0
    assert seconds_left(history(10, 10), "Ann", 5) is None
    assert seconds_left(both, "Cem", 5) is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "less than a minute"),
        (59, "less than a minute"),
        (150, "about 2 min"),
        (5390, "about 90 min"),
        (9000, "about 2.5 h"),
    ],
)
def test_durations_are_said_in_words(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_letters_go_on_after_z() -> None:
    assert [letter(index) for index in (0, 25, 26, 27, 51, 52)] == [
        "A",
        "Z",
        "AA",
        "AB",
        "AZ",
        "BA",
    ]
