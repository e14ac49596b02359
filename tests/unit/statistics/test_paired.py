"""The clustered paired test, Holm's correction and the contrast of two sets."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from spuriverse.problems import Problem
from spuriverse.statistics import (
    holm,
    mcnemar_clustered,
)

PAIRS = st.lists(
    st.tuples(st.booleans(), st.booleans(), st.integers(0, 7)), min_size=1, max_size=40
)
laws = settings(deadline=None, derandomize=True, max_examples=60)


def columns(pairs: list[tuple[bool, bool, int]]) -> tuple[list[bool], list[bool], list[int]]:
    return [p[0] for p in pairs], [p[1] for p in pairs], [p[2] for p in pairs]


@given(PAIRS)
@laws
def test_single_pairs_give_mcnemars_exact_test(pairs: list[tuple[bool, bool, int]]) -> None:
    first, second, _ = columns(pairs)
    table = np.zeros((2, 2))
    np.add.at(table, (np.array(first, dtype=int), np.array(second, dtype=int)), 1)
    expected = mcnemar(table, exact=True).pvalue if table[0, 1] + table[1, 0] else 1.0
    assert mcnemar_clustered(first, second, range(len(pairs))) == pytest.approx(expected)


@given(PAIRS)
@laws
def test_it_is_the_share_of_sign_flips(pairs: list[tuple[bool, bool, int]]) -> None:
    first, second, clusters = columns(pairs)
    sums = np.zeros(8, dtype=int)
    np.add.at(sums, clusters, np.array(first, dtype=int) - np.array(second, dtype=int))
    flipped = np.array(list(product((-1, 1), repeat=8))) @ sums
    expected = (np.abs(flipped) >= abs(sums.sum())).mean()
    assert mcnemar_clustered(first, second, clusters) == pytest.approx(expected)
    assert mcnemar_clustered(second, first, clusters) == pytest.approx(expected)


def test_clusters_that_go_together_count_once() -> None:
    """Forty pairs of which all favour the first are strong evidence, two clusters are none."""
    first, second = [True] * 40, [False] * 40
    assert mcnemar_clustered(first, second, range(40)) == pytest.approx(2 * 0.5**40)
    assert mcnemar_clustered(first, second, [0] * 20 + [1] * 20) == pytest.approx(0.5)


def test_false_positives_stay_at_most_nominal_where_clusters_matter() -> None:
    """The plain test on the same data rejects far too often: pairs of a cluster go together."""
    rng = np.random.default_rng(0)
    clusters = np.repeat(np.arange(30), 10)
    clustered, plain = [], []
    for _ in range(400):
        ahead = np.repeat(rng.choice([0.2, 0.8], size=30), 10)
        first, second = rng.random(300) < ahead, rng.random(300) < 1 - ahead
        clustered.append(mcnemar_clustered(first, second, clusters))
        plain.append(mcnemar_clustered(first, second, range(300)))
    assert np.mean(np.array(clustered) <= 0.05) <= 0.07
    assert np.mean(np.array(plain) <= 0.05) > 0.2


def test_no_difference_is_no_evidence() -> None:
    assert mcnemar_clustered([1, 0], [1, 0], ["a", "b"]) == 1.0


def test_many_pairs_are_as_the_binomial_test_says() -> None:
    first = np.arange(5_000) < 2_600
    expected = binomtest(2_600, 5_000).pvalue
    assert mcnemar_clustered(first, ~first, range(5_000)) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("first", "second", "clusters", "fault"),
    [
        ([1, 0], [1], [0, 1], "as many first as second"),
        ([0.5, 0], [1, 0], [0, 1], "right"),
        ([1, 0], [1, 0], [0], "clusters"),
        ([], [], [], "first answers"),
    ],
)
def test_pairs_that_do_not_fit_are_refused(first, second, clusters, fault: str) -> None:
    with pytest.raises(Problem, match=fault):
        mcnemar_clustered(first, second, clusters)


def test_holm_of_a_worked_example() -> None:
    assert holm([0.04, np.nan, 0.01, 0.03]) == pytest.approx(
        [0.06, np.nan, 0.03, 0.06], nan_ok=True
    )
    assert holm([]).shape == (0,)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
@laws
def test_holm_is_that_of_statsmodels(p_values: list[float]) -> None:
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1], abs=1e-12)


def test_holm_refuses_what_is_no_p_value() -> None:
    with pytest.raises(Problem, match="0 to 1"):
        holm([1.5])
