"""Rank correlation over clusters."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from spuriverse.problems import Problem
from spuriverse.statistics import clustered_rank_correlation

NUMBERS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=4, max_size=30)


@given(NUMBERS)
def test_the_value_is_spearmans(pairs: list[tuple[int, int]]) -> None:
    first, second = np.array(pairs, float).T
    found = clustered_rank_correlation(first, second, np.arange(len(first)), seed=0, resamples=20)
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        assert np.isnan(found.value)
        assert np.isnan(found.low)
    else:
        assert found.value == pytest.approx(spearmanr(first, second).statistic, abs=1e-9)
        assert -1 <= found.value <= 1


@given(NUMBERS)
def test_only_the_order_of_the_values_counts(pairs: list[tuple[int, int]]) -> None:
    first, second = np.array(pairs, float).T
    clusters = np.arange(len(first)) % 5
    plain = clustered_rank_correlation(first, second, clusters, seed=1, resamples=50)
    bent = clustered_rank_correlation(
        np.exp(first), second**3, [f"c{c}" for c in clusters], seed=1, resamples=50
    )
    assert np.allclose(
        (plain.value, plain.low, plain.high), (bent.value, bent.low, bent.high), equal_nan=True
    )


def test_what_differs_between_strata_alone_correlates_nothing() -> None:
    rng = np.random.default_rng(0)
    strata = np.repeat([0, 1, 2, 3], 50)
    first, second = (10 * strata + rng.random(200) for _ in range(2))
    clusters = np.arange(200) // 5
    pooled = clustered_rank_correlation(first, second, clusters, seed=0)
    within = clustered_rank_correlation(first, second, clusters, strata=strata, seed=0)
    assert pooled.low > 0.8
    assert within.low < 0 < within.high


def test_clusters_of_like_answers_widen_the_interval() -> None:
    rng = np.random.default_rng(1)
    groups = rng.standard_normal(12)
    first = np.repeat(groups, 20) + 0.1 * rng.standard_normal(240)
    second = np.repeat(groups + rng.standard_normal(12), 20) + 0.1 * rng.standard_normal(240)
    alone = clustered_rank_correlation(first, second, np.arange(240), seed=0)
    together = clustered_rank_correlation(first, second, np.repeat(np.arange(12), 20), seed=0)
    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_of_three_clusters_there_is_no_interval() -> None:
    found = clustered_rank_correlation([1, 2, 3], [1, 2, 3], ["a", "b", "c"], seed=0)
    assert found.value == pytest.approx(1)
    assert np.isnan(found.low)


def test_lengths_must_agree() -> None:
    with pytest.raises(Problem, match="got 2 and 1"):
        clustered_rank_correlation([1, 2], [1], ["a", "b"], seed=0)
