"""Answers without options beside multiple choice."""

import numpy as np
import pandas as pd
import pytest

from spuriverse.open_questions import CHOICE, OPEN, compare_protocols, with_all_answers
from spuriverse.world import QUESTION_KINDS


def test_all_answers_hold_the_right_one(tiny_samples: pd.DataFrame) -> None:
    wide = with_all_answers(tiny_samples)
    for before, after in zip(tiny_samples.itertuples(), wide.itertuples(), strict=True):
        assert after.options[after.answer] == before.options[before.answer]
        assert set(before.options) <= set(after.options)
    assert {len(options) for options in wide["options"]} == {
        len(QUESTION_KINDS[kind][1]) for kind in ("object", "colour", "count")
    }


@pytest.fixture
def asked() -> pd.DataFrame:
    """Six types of six attributes, five images a group."""
    objects = list(QUESTION_KINDS["object"][1])
    rows = [
        {"sample_id": f"{group}-{t}-{i}", "subset": group, "cluster": f"t-{t}"}
        | {"attribute": f"scene:s{t}", "question": "What object is shown?"}
        | {"options": objects[t : t + 4], "answer": 1}
        for t in range(6)
        for group in ("core", "spurious")
        for i in range(5)
    ]
    return pd.DataFrame(rows)


def answered(asked: pd.DataFrame, wrong: pd.Series, right: pd.Series) -> pd.DataFrame:
    choice = right.where(~wrong, right - 1)
    return pd.DataFrame(
        {"sample_id": asked["sample_id"], "model": "m", "outcome": "answered", "choice": choice}
    )


def test_what_only_open_answers_get_wrong_is_told(asked: pd.DataFrame) -> None:
    wide = with_all_answers(asked)
    nothing = pd.Series(np.zeros(len(asked), bool))
    misled = asked["subset"] == "spurious"
    responses = {
        CHOICE: answered(asked, nothing, asked["answer"]),
        OPEN: answered(wide, misled, wide["answer"]),
    }
    table = compare_protocols(asked, responses, threshold=0.25)
    found = table.set_index(["condition", "measure"])["value"]
    assert found[CHOICE, "gap"] == 0
    assert found[OPEN, "gap"] == found[f"{OPEN} less {CHOICE}", "gap"] == 1
    assert found[CHOICE, "types above the threshold"] == 0
    assert found[OPEN, "types above the threshold"] == 1
    assert found[f"{OPEN} less {CHOICE}", "accuracy – spurious"] == -1
    assert found[f"{OPEN} less {CHOICE}", "accuracy – core"] == 0
