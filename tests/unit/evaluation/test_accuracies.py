"""Accuracies by subset and category: worked examples."""

import pandas as pd
import pytest

from spuriverse.evaluation import (
    CATEGORY_COLUMNS,
    EVALUATION_COLUMNS,
    tabulate_categories,
    tabulate_evaluation,
)
from spuriverse.evaluation.accuracies import mark_responses

ASKED = pd.DataFrame(
    {
        "sample_id": ["a", "b", "c", "d", "e"],
        "subset": ["core", "core", "core", "spurious", "spurious"],
        "cluster": ["t1", "t1", "t2", "t1", "t2"],
        "answer": [0, 1, 2, 0, 1],
    }
)


def respond(choices: dict[str, int | str], model: str = "tiny") -> pd.DataFrame:
    """A choice by index, or the outcome of a reply that makes none."""
    outcomes = [c if isinstance(c, str) else "answered" for c in choices.values()]
    chosen = [None if isinstance(c, str) else c for c in choices.values()]
    return pd.DataFrame(
        {
            "sample_id": list(choices),
            "model": model,
            "outcome": outcomes,
            "choice": pd.array(chosen, dtype="Int64"),
        }
    )


def test_abstentions_are_wrong_and_failures_do_not_count() -> None:
    replies = {"a": 0, "b": 0, "c": "abstained", "d": "unparsed", "e": "failed"}
    marked = mark_responses(ASKED, respond(replies)).set_index("sample_id")["correct"]
    assert marked.to_dict() == {"a": True, "b": False, "c": False, "d": False}


def test_each_model_and_subset_has_its_row() -> None:
    replies = pd.concat(
        [
            respond({"a": 0, "b": 1, "c": 0, "d": 1, "e": 0}, "weak"),
            respond({"a": 0, "b": 1, "c": 2, "d": 0, "e": "failed"}, "good"),
        ]
    )
    table = tabulate_evaluation(ASKED, replies)
    assert tuple(table.columns) == EVALUATION_COLUMNS
    rows = table.set_index(["model", "subset"])[["n", "accuracy"]]
    assert rows.to_dict("index") == {
        ("good", "core"): {"n": 3, "accuracy": 1.0},
        ("good", "spurious"): {"n": 1, "accuracy": 1.0},
        ("weak", "core"): {"n": 3, "accuracy": pytest.approx(2 / 3)},
        ("weak", "spurious"): {"n": 2, "accuracy": 0.0},
    }
    assert table[["low", "high"]].isna().all(axis=None), "too few clusters for an interval"


def test_a_category_stands_beside_its_prior() -> None:
    options = ["yes", "no"]
    samples = pd.DataFrame(
        {
            "sample_id": list("abcdef"),
            "category": ["yes-no"] * 4 + ["shape"] * 2,
            "image": ["1", "1", "2", "2", "3", "3"],
            "options": [options, options[::-1], options, options, ["x", "y"], ["x", "y"]],
            "answer": [0, 1, 0, 1, 0, 1],
        }
    )
    replies = respond({"a": 0, "b": 1, "c": 0, "d": 0, "e": 0, "f": 1, "elsewhere": 0})
    table = tabulate_categories(samples, replies)
    assert tuple(table.columns) == CATEGORY_COLUMNS
    rows = table.set_index("category")
    assert rows.index.tolist() == ["all", "shape", "yes-no"]
    assert rows["n"].tolist() == [6, 2, 4]
    assert rows["accuracy"].tolist() == pytest.approx([5 / 6, 1.0, 3 / 4])
    # Three of the four yes/no answers are "yes", by their text and not by their letter.
    assert rows["prior"].tolist() == pytest.approx([4 / 6, 1 / 2, 3 / 4])
