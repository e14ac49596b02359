"""Shuffled options and blind images: their laws, and the way back to the original order."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.models import (
    blind_image,
    blind_variant,
    is_variant,
    restore_order,
    shuffle_variant,
    shuffled_samples,
)
from spuriverse.problems import Problem

laws = settings(deadline=None, derandomize=True, max_examples=60)
LENGTHS = st.lists(st.integers(2, 6), min_size=1, max_size=8)


def samples(lengths: list[int]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "sample_id": [f"s-{number}" for number in range(len(lengths))],
            "options": [[f"option {i}" for i in range(length)] for length in lengths],
            "answer": [length - 1 for length in lengths],
            "image": "a.png",
        },
        index=[number + 100 for number in range(len(lengths))],
    )


@given(LENGTHS, st.integers(0, 8), st.integers(0, 2**31))
@laws
def test_the_right_text_stays_right(lengths: list[int], k: int, seed: int) -> None:
    original = samples(lengths)
    variants = shuffled_samples(original, k, seed)
    assert len(variants) == k
    for variant in variants:
        assert variant[["sample_id", "image"]].equals(original[["sample_id", "image"]])
        for row, first in zip(variant.itertuples(), original.itertuples(), strict=True):
            assert row.options[row.answer] == first.options[first.answer]
            assert row.options == [first.options[i] for i in row.order]


@given(st.integers(2, 5), st.integers(1, 30), st.integers(0, 99))
@laws
def test_orders_differ_as_long_as_there_are_others(length: int, k: int, seed: int) -> None:
    orders = [tuple(v["order"].iloc[0]) for v in shuffled_samples(samples([length]), k, seed)]
    assert tuple(range(length)) not in orders
    others = math.factorial(length) - 1
    for start in range(0, k, others):
        chunk = orders[start : start + others]
        assert len(set(chunk)) == len(chunk)


def test_orders_depend_on_id_and_seed_alone() -> None:
    table = samples([6, 6, 6, 6])
    many = shuffled_samples(table, 5, seed=1)
    few = shuffled_samples(table.iloc[[2, 0]], 2, seed=1)
    for small, large in zip(few, many, strict=False):
        assert small["order"].tolist() == large["order"].iloc[[2, 0]].tolist()
    assert [v["order"].tolist() for v in shuffled_samples(table, 5, 2)] != [
        v["order"].tolist() for v in many
    ]
    # Pinned: a changed order changes the results.
    assert many[0]["order"].tolist()[0] == [1, 3, 5, 4, 0, 2]


def test_shuffles_are_even() -> None:
    """Each of the other 23 orders of four options is as likely as any other."""
    table = samples([4] * 4_600)
    orders = shuffled_samples(table, 1, seed=0)[0]["order"].map(tuple).value_counts()
    assert len(orders) == 23
    assert np.abs(orders - 200).max() < 5 * np.sqrt(200)


@given(LENGTHS, st.integers(0, 99))
@laws
def test_choices_and_scores_find_their_way_back(lengths: list[int], seed: int) -> None:
    original = samples(lengths)
    shuffled = shuffled_samples(original, 1, seed)[0]
    # This model always chooses the option called "option 1", and scores by the text.
    scores = [[float(text.split()[1]) for text in options] for options in shuffled["options"]]
    responses = pd.DataFrame(
        {
            "sample_id": shuffled["sample_id"].tolist(),
            "choice": pd.array([o.index("option 1") for o in shuffled["options"]], dtype="Int64"),
            "option_scores": scores,
            "reply": "option 1",
        }
    )
    restored = restore_order(responses, shuffled)
    assert restored["choice"].tolist() == [1] * len(lengths)
    assert restored["option_scores"].tolist() == [
        [float(i) for i in range(length)] for length in lengths
    ]
    assert restored["reply"].equals(responses["reply"])


def test_a_reply_without_choice_or_scores_stays_so() -> None:
    shuffled = shuffled_samples(samples([4]), 1, 0)[0]
    responses = pd.DataFrame(
        {
            "sample_id": ["s-0"],
            "choice": pd.array([None], dtype="Int64"),
            "option_scores": [[]],
        }
    )
    restored = restore_order(responses, shuffled)
    assert restored["choice"].isna().all() and restored["option_scores"].tolist() == [[]]


@pytest.mark.parametrize(
    ("name", "choice", "scores"), [("t", 0, []), ("s-0", 4, []), ("s-0", 0, [1.0])]
)
def test_responses_to_other_questions_are_refused(
    name: str, choice: int, scores: list[float]
) -> None:
    shuffled = shuffled_samples(samples([4]), 1, 0)[0]
    responses = pd.DataFrame(
        {
            "sample_id": [name],
            "choice": pd.array([choice], dtype="Int64"),
            "option_scores": [scores],
        }
    )
    with pytest.raises(Problem, match="does not fit the shuffled options"):
        restore_order(responses, shuffled)


def test_variants_are_told_from_strategies() -> None:
    assert shuffle_variant("direct", 1) == "direct+shuffle-1"
    assert blind_variant("spurious_aware") == "spurious_aware+blind"
    assert is_variant("direct+blind") and not is_variant("direct")


def test_a_blind_image_is_grey_all_over() -> None:
    image = blind_image((30, 20))
    assert image.size == (30, 20) and image.mode == "RGB"
    assert image.getcolors() == [(600, (128, 128, 128))]
