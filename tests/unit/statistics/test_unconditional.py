"""Exact intervals cover what they promise, whatever the proportions, counted without simulation."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, multinomial

from spuriverse.problems import Problem
from spuriverse.statistics import exact_difference, exact_paired_difference

laws = settings(deadline=None, derandomize=True, max_examples=40)
SHARE = st.floats(0, 1)


@cache
def all_intervals(n_a: int, n_b: int) -> dict[tuple[int, int], tuple[float, float]]:
    return {
        (a, b): exact_difference(a, n_a, b, n_b) for a in range(n_a + 1) for b in range(n_b + 1)
    }


@cache
def all_paired(n: int) -> dict[tuple[int, int], tuple[float, float]]:
    return {
        (b, c): exact_paired_difference(b, c, n) for b in range(n + 1) for c in range(n + 1 - b)
    }


@pytest.mark.parametrize("sizes", [(1, 1), (4, 6)])
@given(SHARE, SHARE)
@laws
def test_independent_intervals_cover_at_least_95_percent(
    sizes: tuple[int, int], p_a: float, p_b: float
) -> None:
    chance_a = binom.pmf(range(sizes[0] + 1), sizes[0], p_a)
    chance_b = binom.pmf(range(sizes[1] + 1), sizes[1], p_b)
    covered = sum(
        chance_a[a] * chance_b[b]
        for (a, b), (low, high) in all_intervals(*sizes).items()
        if low <= p_a - p_b <= high
    )
    assert covered >= 0.95 - 1e-3


@given(SHARE, SHARE)
@laws
def test_paired_intervals_cover_at_least_95_percent(first: float, second: float) -> None:
    p_b, p_c = min(first, second), max(first, second) - min(first, second)
    cells = [p_b, p_c, 1 - p_b - p_c]
    covered = sum(
        multinomial.pmf([b, c, 6 - b - c], 6, cells)
        for (b, c), (low, high) in all_paired(6).items()
        if low - 1e-9 <= p_b - p_c <= high + 1e-9
    )
    assert covered >= 0.95 - 1e-3


@given(st.integers(0, 8), st.integers(0, 8), st.integers(0, 8), st.integers(0, 8))
@laws
def test_an_interval_holds_the_estimate_and_mirrors(a: int, more_a: int, b: int, more_b: int):
    n_a, n_b = a + more_a, b + more_b
    low, high = exact_difference(a, n_a, b, n_b)
    if n_a == 0 or n_b == 0:
        assert np.isnan([low, high]).all()
        return
    assert -1 <= low <= a / n_a - b / n_b <= high <= 1
    assert exact_difference(b, n_b, a, n_a) == pytest.approx((-high, -low))


def test_more_images_or_pairing_narrow_the_interval() -> None:
    """Ten of ten against none: only chance can be narrower than a larger sample is."""
    few, many = exact_difference(5, 5, 0, 5), exact_difference(20, 20, 0, 20)
    assert few[0] < many[0]
    assert few[1] == many[1] == 1
    wide = exact_difference(10, 20, 5, 20)
    paired = exact_paired_difference(5, 0, 20)
    assert paired[1] - paired[0] < wide[1] - wide[0]


def test_a_published_interval() -> None:
    """With 0 of n against 0 of n nothing but the sizes matter; the interval is symmetric."""
    low, high = exact_difference(0, 10, 0, 10)
    assert low == -high
    # P(0 of 10) at the limit is the tail of one group alone: 1 - 0.025^(1/10).
    assert high == pytest.approx(1 - 0.025**0.1, abs=2e-3)


def test_unusable_counts_are_a_problem() -> None:
    with pytest.raises(Problem, match="3 successes of 2"):
        exact_difference(3, 2, 0, 2)
    with pytest.raises(Problem, match="level=95"):
        exact_difference(1, 2, 0, 2, level=95)
    with pytest.raises(Problem, match="2 and 2 discordant pairs of 3"):
        exact_paired_difference(2, 2, 3)
