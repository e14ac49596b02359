"""The macro average and the deviation of strata, with intervals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.problems import Problem
from spuriverse.statistics import cluster_bootstrap, stratified_bootstrap

values = st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), min_size=1, max_size=30)


@settings(deadline=None, derandomize=True, max_examples=40)
@given(values)
def test_the_estimates_are_those_of_the_strata_s_means(rows) -> None:
    strata, right = map(list, zip(*rows, strict=True))
    found = stratified_bootstrap(right, strata, range(len(rows)), seed=0, resamples=50)
    means = [np.mean([r for s, r in rows if s == name]) for name in sorted(set(strata))]
    assert found.mean.value == pytest.approx(np.mean(means))
    assert found.spread == pytest.approx(np.std(means))
    assert found.mean.n == len(rows)
    assert 0 <= found.mean.low <= found.mean.high <= 1
    assert 0 <= found.corrected_spread <= found.spread <= 0.5


def test_one_stratum_is_the_cluster_bootstrap() -> None:
    rng = np.random.default_rng(0)
    right, clusters = rng.random(60) < 0.4, rng.integers(0, 12, 60)
    one = stratified_bootstrap(right, np.zeros(60), clusters, seed=5, resamples=400)
    other = cluster_bootstrap(right, clusters, seed=5, resamples=400)
    assert (one.mean.low, one.mean.high) == (other.low, other.high)
    assert one.spread == one.noise == one.corrected_spread == 0


def test_alike_strata_have_no_spread_but_noise() -> None:
    """Nine types with the same accuracy of .5 and 60 questions each, and such as differ by .1."""
    rng = np.random.default_rng(0)
    strata = np.repeat(np.arange(9), 60)
    for true in (0.0, 0.1):
        levels = 0.5 + true * np.resize([-1, 1, 0], 9) * np.sqrt(1.5)
        squares, noise = [], []
        for _ in range(60):
            right = rng.random(540) < np.repeat(levels, 60)
            found = stratified_bootstrap(right, strata, range(540), seed=0, resamples=200)
            squares.append(found.spread**2 - found.noise**2)
            noise.append(found.noise)
        assert np.mean(squares) == pytest.approx(true**2, abs=0.0015)
        assert np.mean(noise) == pytest.approx(0.06, abs=0.005)


def test_clusters_of_different_strata_are_not_the_same() -> None:
    """Were they drawn together, a resample could lack a stratum."""
    right, strata = [1, 0, 1, 0], ["a", "a", "b", "b"]
    found = stratified_bootstrap(right, strata, ["x", "y", "x", "y"], seed=0, resamples=2000)
    assert found.mean.low == 0
    assert found.mean.high == 1


def test_where_no_answer_varies_the_limits_are_exact() -> None:
    strata, clusters = np.repeat(["a", "b"], 20), np.tile(np.arange(5), 8)
    for joint, trials in ((False, 10), (True, 5)):
        found = stratified_bootstrap(np.ones(40), strata, clusters, seed=0, joint=joint).mean
        assert (found.low, found.high) == (pytest.approx(0.025 ** (1 / trials)), 1)
    assert np.isnan(stratified_bootstrap(np.full(40, 2.0), strata, clusters, seed=0).mean.low)


def test_lengths_must_fit() -> None:
    with pytest.raises(Problem, match="1 cluster labels for 2 values"):
        stratified_bootstrap([1, 0], ["a", "a"], ["x"], seed=0)


def test_overlapping_strata_are_drawn_together() -> None:
    """Every cluster is in both strata with opposite values: their mean cannot vary at all."""
    rng = np.random.default_rng(0)
    first = rng.integers(0, 2, 60).astype(float)
    values = np.concatenate([first, 1 - first])
    strata = ["a"] * 60 + ["b"] * 60
    clusters = [*range(60), *range(60)]
    joint = stratified_bootstrap(values, strata, clusters, seed=1, resamples=300, joint=True).mean
    apart = stratified_bootstrap(values, strata, clusters, seed=1, resamples=300).mean
    assert joint.value == apart.value == 0.5
    assert joint.high - joint.low < 1e-9 < apart.high - apart.low


def test_a_resample_without_a_stratum_is_of_the_others() -> None:
    values, strata, clusters = [1, 0, 1, 0, 1], ["a", "a", "a", "a", "b"], [1, 2, 3, 4, 5]
    found = stratified_bootstrap(values, strata, clusters, seed=0, resamples=200, joint=True)
    assert found.mean.value == 0.75
    assert 0 <= found.mean.low <= found.mean.high <= 1
