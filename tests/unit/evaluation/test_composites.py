"""Which backgrounds pull which answers, on made-up answers."""

import itertools

import numpy as np
import pandas as pd
import pytest

from spuriverse.evaluation import (
    BACKGROUND_COLUMNS,
    PULL_COLUMNS,
    join_composites,
    tabulate_backgrounds,
    tabulate_pulls,
)
from spuriverse.problems import Problem

CLASSES = [f"class {number}" for number in range(8)]
CUTOUTS = {f"{name}/{number}": name for name in CLASSES[:6] for number in range(2)}
OPTIONS = sorted(CLASSES)
PLAIN = "grey"


def answered(
    kinds: tuple[str, ...] = ("sea", "wood"), backgrounds: int = 8, pulled: float = 0.5
) -> pd.DataFrame:
    """Answers of a model that is right but on the sea, which looks like class 7 to it."""
    rng = np.random.default_rng(0)
    rows = []
    for cutout, kind, slot in itertools.product(CUTOUTS, (PLAIN, *kinds), range(backgrounds)):
        led = kind == "sea" and CUTOUTS[cutout] != "class 7" and rng.random() < pulled
        rows.append(
            {
                "sample_id": f"{cutout} {kind} {slot}",
                "model": "m",
                "cutout": cutout,
                "class": CUTOUTS[cutout],
                "background": kind,
                "photograph": f"{kind}/{slot}",
                "slot": slot,
                "image": "",
                "options": OPTIONS,
                "right": CUTOUTS[cutout],
                "answer": "class 7" if led else CUTOUTS[cutout],
            }
        )
    return pd.DataFrame(rows)


def test_a_background_that_pulls_is_found_with_what_it_pulls() -> None:
    pulls = tabulate_pulls(answered(), plain=PLAIN, seed=0)
    assert tuple(pulls.columns) == PULL_COLUMNS
    (row,) = pulls.to_dict("records")
    assert (row["background"], row["answer"]) == ("sea", "class 7")
    assert (row["backgrounds"], row["cutouts"], row["n"]) == (8, 12, 96)
    assert row["difference"] == pytest.approx(row["given"] / 96)
    assert row["low"] < row["difference"] < row["high"]
    assert row["low"] > 0.2
    assert row["p_backgrounds"] == pytest.approx(1 / 2**8)
    assert row["q"] == pytest.approx(2 / 2**8)  # of two kinds
    assert row["q_cutouts"] < row["q"]


def test_accuracy_is_lost_where_a_background_pulls() -> None:
    table = tabulate_backgrounds(answered(), plain=PLAIN, seed=0)
    assert tuple(table.columns) == BACKGROUND_COLUMNS
    assert list(table["background"]) == ["sea", "wood"]
    sea, wood = table.to_dict("records")
    assert sea["right"] + sea["difference"] == pytest.approx(sea["right_on_grey"]) == 1
    assert sea["right_low"] <= sea["right"] <= sea["right_high"]
    assert sea["q"] < 0.05 < wood["q"] == 1


def test_few_backgrounds_carry_no_claim_about_their_kind() -> None:
    (row,) = tabulate_pulls(answered(backgrounds=3), plain=PLAIN, seed=0).to_dict("records")
    assert row["q_cutouts"] < 0.05 < row["q"]
    assert np.isnan(row["low"])


def test_where_nothing_is_pulled_nothing_is_tabulated() -> None:
    assert tabulate_pulls(answered(pulled=0), plain=PLAIN, seed=0).empty
    assert (tabulate_backgrounds(answered(pulled=0), plain=PLAIN, seed=0)["q"] == 1).all()


def test_answers_are_counted_only_where_they_are_offered_wrongly() -> None:
    answers = answered()
    never = answers["class"] == "class 0"
    answers.loc[never, "options"] = answers.loc[never, "options"].map(lambda options: options[:7])
    answers.loc[never, "answer"] = answers.loc[never, "right"]
    (row,) = tabulate_pulls(answers, plain=PLAIN, seed=0).to_dict("records")
    assert row["n"] == 80


def test_an_unanswered_picture_takes_its_pair_along() -> None:
    answers = answered()
    answers.loc[(answers["background"] == PLAIN) & (answers["slot"] == 0), "answer"] = None
    table = tabulate_backgrounds(answers, plain=PLAIN, seed=0)
    assert set(table["n"]) == {84}


def test_choices_become_answers() -> None:
    samples = pd.DataFrame(
        {"sample_id": ["a", "b"], "image": "", "options": [["x", "y"]] * 2, "answer": [0, 1]}
    )
    design = pd.DataFrame({"sample_id": ["a", "b"], "cutout": ["c", "d"]})
    responses = pd.DataFrame(
        {"sample_id": ["a", "b"], "model": "m", "choice": pd.array([1, None], dtype="Int64")}
    )
    joined = join_composites(samples, design, responses)
    assert list(joined["right"]) == ["x", "y"]
    assert joined["answer"].fillna("none").tolist() == ["y", "none"]
    with pytest.raises(Problem, match="No composite was answered"):
        join_composites(samples, design, responses.iloc[1:])
