"""Exchanging pairs: every way is counted, whatever makes images hard."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from spuriverse.problems import Problem
from spuriverse.statistics import exchange_pairs

laws = settings(deadline=None, derandomize=True, max_examples=40)
MARKS = st.sampled_from([-1, 0, 1])


def chances_of(differences: object, answered: object = None):
    array = np.array(differences)
    known = np.full(len(array), array.shape[1]) if answered is None else np.array(answered)
    return exchange_pairs(array[None], known[None])[0]


@given(
    st.integers(1, 3).flatmap(lambda m: st.lists(st.tuples(*[MARKS] * m), min_size=1, max_size=7))
)
@laws
def test_every_way_round_counts_alike(pairs: list[tuple[int, ...]]) -> None:
    """Beside a count over all 2^n ways, one by one."""
    differences = np.array(pairs).T
    n = differences.shape[1]
    largest = [(differences @ signs / n).max() for signs in product((-1, 1), repeat=n)]
    chances = chances_of(differences)
    for gap, chance in zip(chances.gaps, chances.chances, strict=True):
        assert chance == pytest.approx(np.mean(np.array(largest) >= gap - 1e-6))
    assert set(np.round(largest, 6)) == set(np.round(chances.gaps, 6))
    assert (np.diff(chances.gaps) < 0).all()


def test_one_model_s_chances_are_those_of_mcnemar() -> None:
    """Of seven discordant pairs among ten, six or more lie one way with the chance of a coin."""
    chances = chances_of([[1] * 6 + [-1] + [0] * 3])
    assert chances.of(0.5) == pytest.approx(binom.sf(5, 7, 0.5))
    assert chances.of([0.7, 0.71, np.nan]) == pytest.approx([0.5**7, 0, 1])
    np.testing.assert_allclose(chances.beyond(0.3), [0.5**7, binom.sf(5, 7, 0.5)])
    assert not len(chances_of([[1, 1, 1] + [0] * 7]).beyond(0.3))


def test_a_second_model_that_answers_alike_costs_nothing() -> None:
    one = [1] * 6 + [0] * 4
    assert chances_of([one, one]).of(0.6) == chances_of([one]).of(0.6)
    other = [0] * 4 + [1] * 6
    assert chances_of([one, other]).of(0.6) > chances_of([one]).of(0.6)


def test_a_gap_is_over_the_pairs_that_a_model_answered() -> None:
    chances = chances_of([[1, 1, 1, 1, 0, 0, 0, 0]], [4])
    assert chances.of(1) == pytest.approx(0.5**4)
    assert chances_of([[0, 0]], [0]).of(np.nan) == 1


def test_too_many_ways_are_drawn_and_the_observed_one_counts() -> None:
    rng = np.random.default_rng(0)
    differences = rng.integers(-1, 2, (4, 40))
    chances = chances_of(differences)
    assert chances.chances.min() >= 1 / 1025
    signs = rng.choice([-1, 1], (20_000, 40))
    largest = (signs @ differences.T / 40).max(axis=1)
    for gap in (0.1, 0.2, 0.3):
        assert chances.of(gap) == pytest.approx((largest >= gap - 1e-9).mean(), abs=0.03)
    assert (chances_of(differences).chances == chances.chances).all()


def test_what_is_no_difference_of_marks_is_a_problem() -> None:
    with pytest.raises(Problem, match="-1, 0 or 1"):
        chances_of([[2, 0]])
    with pytest.raises(Problem, match="-1, 0 or 1"):
        exchange_pairs([[1, 0]], [[2]])
