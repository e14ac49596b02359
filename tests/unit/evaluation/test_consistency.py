"""Agreement between orders of the options, and answers without the image."""

import pandas as pd
import pytest

from spuriverse.evaluation import (
    BLIND_COLUMNS,
    CONSISTENCY_COLUMNS,
    blind_results,
    consistency_results,
)
from spuriverse.problems import Problem

ASKED = pd.DataFrame(
    {
        "sample_id": ["a", "b", "c", "d"],
        "subset": ["anchor", "anchor", "anchor", "ordinary"],
        "cluster": ["t1", "t2", "t3", "image"],
        "answer": [0, 0, 0, 0],
        "options": [["x", "y"], ["x", "y", "z", "u"], ["x", "y"], ["x", "y"]],
    }
)


def respond(strategy: str, *replies: int | str, model: str = "tiny") -> pd.DataFrame:
    """A choice by index, or the outcome of a reply that makes none; samples a, b, c, d."""
    return pd.DataFrame(
        {
            "sample_id": list("abcd")[: len(replies)],
            "model": model,
            "strategy": strategy,
            "protocol": "corrected",
            "outcome": [r if isinstance(r, str) else "answered" for r in replies],
            "choice": pd.array([None if isinstance(r, str) else r for r in replies], dtype="Int64"),
        }
    )


# --- consistency ------------------------------------------------------------------------------


def test_all_orders_must_agree() -> None:
    responses = pd.concat(
        [
            respond("direct", 0, 1, 0, 0),
            respond("direct+shuffle-1", 0, 2, 1, 0),
            respond("direct+shuffle-2", 0, 3, 1, 0),
            respond("direct+blind", 1, 1, 1, 1),
            respond("spurious_aware", 1, 1, 1, 1),
        ]
    )
    table = consistency_results(ASKED, responses)
    assert tuple(table.columns) == CONSISTENCY_COLUMNS
    assert table["subset"].tolist() == ["anchor", "non-spurious"]
    assert table["orders"].tolist() == [3, 3] and table["n"].tolist() == [3, 1]
    assert table["consistency"].tolist() == pytest.approx([1 / 3, 1])
    assert table["majority"].tolist() == pytest.approx([(1 + 1 / 3 + 2 / 3) / 3, 1])
    assert table["consistency"][0] == 1 / 3  # one of three questions
    assert table[["low", "high"]].isna().all(axis=None), "too few clusters for an interval"


def test_no_answer_agrees_with_nothing_and_failures_do_not_count() -> None:
    responses = pd.concat(
        [
            respond("direct", "abstained", 1, "failed", 0),
            respond("direct+shuffle-1", "abstained", "unparsed", 1, 0),
        ]
    )
    row = consistency_results(ASKED, responses).iloc[0]
    assert row["n"] == 2
    assert row["consistency"] == 0
    assert row["majority"] == pytest.approx((0 + 1 / 2) / 2)


def test_a_model_asked_in_one_order_has_no_row() -> None:
    responses = pd.concat(
        [
            respond("direct", 0, 0, 0, 0, model="once"),
            respond("direct", 0, 0, 0, 0),
            respond("direct+shuffle-1", 0, 0, 0, 0),
        ]
    )
    assert set(consistency_results(ASKED, responses)["model"]) == {"tiny"}
    with pytest.raises(Problem, match=r"set evaluation\.shuffles"):
        consistency_results(ASKED, responses[responses["model"] == "once"])


# --- blind ------------------------------------------------------------------------------------


def test_blind_accuracy_stands_beside_the_ordinary_one() -> None:
    responses = pd.concat(
        [
            respond("direct", 0, 0, "failed", 0),
            respond("direct+blind", 0, 1, "abstained", 1),
            respond("direct", 0, 0, 0, 0, model="seeing"),
        ]
    )
    table = blind_results(ASKED, responses)
    assert tuple(table.columns) == BLIND_COLUMNS
    assert table["model"].tolist() == ["tiny", "tiny"]
    assert table["accuracy"].tolist() == [1, 1]
    assert table["blind_accuracy"].tolist() == pytest.approx([1 / 3, 0])
    assert table[["n", "blind_n", "pairs"]].to_numpy().tolist() == [[2, 3, 2], [1, 1, 1]]
    assert table["difference"].tolist() == pytest.approx([0.5, 1])
    assert table["chance"].tolist() == pytest.approx([(1 / 2 + 1 / 4 + 1 / 2) / 3, 1 / 2])


def test_without_blind_answers_there_is_no_table() -> None:
    with pytest.raises(Problem, match=r"set evaluation\.blind"):
        blind_results(ASKED, respond("direct", 0, 0, 0, 0))
