"""Nothing goes on to synthesis that nobody accepted."""

from pathlib import Path

import pandas as pd
import pytest

from spuriverse.discovery.review import ReviewStore, accepted_candidates, settle_candidates
from spuriverse.problems import Problem
from spuriverse.tables import empty_table


def annotated(*attributes: str) -> pd.DataFrame:
    """Proposed candidates c-0, c-1, ... with these attributes."""
    row = dict.fromkeys(empty_table("candidates").columns, "")
    rows = [
        row
        | {
            "candidate_id": f"c-{number}",
            "sample_id": f"s-{number}",
            "predicted": "cat",
            "attribute": attribute,
            "kind": attribute.partition(":")[0],
            "annotator": "recorded",
            "status": "proposed",
        }
        for number, attribute in enumerate(attributes)
    ]
    return pd.DataFrame(rows)


def accept(table: pd.DataFrame, path: Path, review: str = "human") -> pd.DataFrame:
    settled = settle_candidates(table, review=review, decisions=str(path))
    return accepted_candidates(settled, review=review)


def test_without_people_every_named_candidate_is_accepted(tmp_path: Path) -> None:
    accepted = accept(annotated("background:sea", ""), tmp_path / "none.sqlite", "auto")
    assert accepted["candidate_id"].tolist() == ["c-0"]
    assert accepted["reviewer"].tolist() == ["auto"]
    assert not list(tmp_path.iterdir())


def test_without_people_and_without_names_there_is_a_way_out(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"None of 2 candidates names an attribute.*review to human"):
        accept(annotated("", ""), tmp_path / "none.sqlite", "auto")


def test_the_run_waits_for_people_and_says_how_many_and_how(tmp_path: Path) -> None:
    path = tmp_path / "decisions.sqlite"
    with pytest.raises(Problem, match="2 of 2 candidates wait for a decision: run `make review`"):
        accept(annotated("background:sea", ""), path)
    assert not path.exists()
    with ReviewStore(path) as store:
        store.record("c-0", "ada", "accept", attribute="background:beach")
    with pytest.raises(Problem, match="1 of 2 candidates wait"):
        accept(annotated("background:sea", ""), path)
    with ReviewStore(path) as store:
        store.record("c-1", "ada", "reject")
    accepted = accept(annotated("background:sea", ""), path)
    assert accepted[["candidate_id", "attribute", "reviewer"]].to_numpy().tolist() == [
        ["c-0", "background:beach", "ada"]
    ]


def test_a_review_that_rejects_everything_ends_the_run(tmp_path: Path) -> None:
    path = tmp_path / "decisions.sqlite"
    with ReviewStore(path) as store:
        store.record("c-0", "ada", "reject")
    with pytest.raises(Problem, match="All 1 candidates were rejected"):
        accept(annotated("background:sea"), path)
