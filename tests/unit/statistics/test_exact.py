"""Exact tests against scipy and published numbers, their laws, error rates and errors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, fisher_exact, hypergeom

from spuriverse.problems import Problem
from spuriverse.statistics import (
    benjamini_hochberg,
    fisher_one_sided,
)

COUNT = st.integers(0, 60)
laws = settings(deadline=None, derandomize=True, max_examples=100)


@given(COUNT, COUNT, COUNT, COUNT)
@laws
def test_fisher_is_that_of_scipy(a: int, failed_a: int, b: int, failed_b: int) -> None:
    expected = fisher_exact([[a, failed_a], [b, failed_b]], alternative="greater").pvalue
    assert fisher_one_sided(a, a + failed_a, b, b + failed_b) == pytest.approx(expected, rel=1e-9)


@given(st.integers(0, 2**16))
@laws
def test_fisher_is_that_of_scipy_for_thousands_of_trials(seed: int) -> None:
    rng = np.random.default_rng(seed)
    trials_a, trials_b = rng.integers(0, 12_000, size=(2, 50))
    a, b = rng.binomial(trials_a, rng.random(50)), rng.binomial(trials_b, rng.random(50))
    population = np.maximum(trials_a + trials_b, 1)
    expected = hypergeom.sf(a - 1, population, a + b, trials_a)
    found = fisher_one_sided(a, trials_a, b, trials_b)
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-290)


def test_fisher_broadcasts_and_favours_a() -> None:
    p_values = fisher_one_sided([0, 5, 10], 10, [[5], [0]], 10)
    assert p_values.shape == (2, 3)
    assert (np.diff(p_values, axis=1) < 0).all()
    assert fisher_one_sided(0, 0, 0, 0) == 1


def test_false_positives_stay_at_most_nominal() -> None:
    rng = np.random.default_rng(0)
    rates = rng.uniform(0.1, 0.9, size=20_000)
    fisher = fisher_one_sided(rng.binomial(40, rates), 40, rng.binomial(25, rates), 25)
    assert 0.01 < (fisher <= 0.05).mean() <= 0.05


@given(st.lists(st.floats(0, 1), max_size=30))
@laws
def test_q_values_are_monotone_and_not_below_p(p_values: list[float]) -> None:
    q_values = benjamini_hochberg(p_values)
    assert q_values.shape == (len(p_values),)
    assert (q_values >= np.asarray(p_values)).all() and (q_values <= 1).all()
    assert (np.diff(q_values[np.argsort(p_values)]) >= 0).all()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
@laws
def test_q_values_are_those_of_scipy(p_values: list[float]) -> None:
    expected = false_discovery_control(np.asarray(p_values))
    np.testing.assert_allclose(benjamini_hochberg(p_values), expected, rtol=1e-12)


def test_q_values_of_a_worked_example() -> None:
    assert benjamini_hochberg([0.04, 0.01, 0.03, 0.5]) == pytest.approx(
        [0.04 * 4 / 3, 0.04, 0.04 * 4 / 3, 0.5]
    )


def test_unusable_counts_are_a_problem() -> None:
    with pytest.raises(Problem, match="successes_a exceed n_a"):
        fisher_one_sided([1, 3], [2, 2], 1, 2)
    with pytest.raises(Problem, match="n_b must be whole"):
        fisher_one_sided(1, 2, 1, 2.5)


@pytest.mark.parametrize("p_values", [[0.1, 1.2], [float("nan")], [[0.1]]])
def test_unusable_p_values_are_a_problem(p_values: list[float]) -> None:
    with pytest.raises(Problem, match="Benjamini-Hochberg"):
        benjamini_hochberg(p_values)
