"""Shares over few clusters: coverage by simulation, exact limits, and no interval from too few."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.problems import Problem
from spuriverse.statistics import (
    FEWEST_CLUSTERS,
    Estimate,
    clustered_difference,
    clustered_mean,
    clustered_share,
    independent_difference,
)

laws = settings(deadline=None, derandomize=True, max_examples=50)
ANSWERS = st.lists(st.tuples(st.booleans(), st.sampled_from("abcdefgh")), min_size=1, max_size=60)


@pytest.mark.parametrize("clusters", [4, 8, 20, 40])
@pytest.mark.parametrize("correlation", [0.05, 0.6])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_the_interval_covers_what_it_promises(
    clusters: int, correlation: float, share: float
) -> None:
    """Attributes that differ as strongly as those measured: correlations within one of 0 to .6."""
    rng = np.random.default_rng(0)
    strength = (1 - correlation) / correlation
    tries, size = 400, 30
    levels = rng.beta(share * strength, (1 - share) * strength, (tries, clusters))
    labels = np.repeat(np.arange(clusters), size)
    answers = rng.random((tries, clusters * size)) < np.repeat(levels, size, axis=1)
    found = [clustered_share(row, labels) for row in answers]
    covered = np.mean([one.low <= share <= one.high for one in found])
    assert 0.91 <= covered <= 0.99


@given(ANSWERS)
@laws
def test_an_interval_holds_the_share_and_mirrors(answers: list[tuple[bool, str]]) -> None:
    correct, labels = np.array([a[0] for a in answers]), [a[1] for a in answers]
    right, wrong = clustered_share(correct, labels), clustered_share(~correct, labels)
    assert right.n == len(answers)
    assert right.value == pytest.approx(np.mean(correct))
    if len(set(labels)) < FEWEST_CLUSTERS:
        assert np.isnan([right.low, right.high]).all()
    else:
        assert 0 <= right.low <= right.value <= right.high <= 1
        assert right.low == pytest.approx(1 - wrong.high)


def test_where_nothing_varies_the_limits_are_exact() -> None:
    """Eight attributes, all answers right: not [1, 1] but the limit of eight trials."""
    found = clustered_share(np.ones(80), np.arange(80) // 10)
    assert (found.value, found.high) == (1, 1)
    assert found.low == pytest.approx(0.025 ** (1 / 8))


def test_more_answers_of_the_same_attributes_tell_little_more() -> None:
    rng = np.random.default_rng(1)
    right = rng.random(8) < 0.5
    few, many = (
        clustered_share(np.repeat(right, size), np.repeat(np.arange(8), size)) for size in (2, 50)
    )
    assert many.high - many.low == pytest.approx(few.high - few.low, rel=0.01)


def test_unusable_answers_are_a_problem() -> None:
    with pytest.raises(Problem, match="one label per value"):
        clustered_share([1, 0], ["a"])
    with pytest.raises(Problem, match="at least one value"):
        clustered_share([], [])


@pytest.mark.parametrize("clusters", [4, 8, 40])
@pytest.mark.parametrize(("first", "lost"), [(0.8, 0.4), (0.95, 0.05)])
def test_the_interval_of_a_paired_difference_covers_what_it_promises(
    clusters: int, first: float, lost: float
) -> None:
    """Attributes differ in level and in what the second answers lose of it."""
    rng = np.random.default_rng(0)
    tries, size = 300, 30
    labels = np.repeat(np.arange(clusters), size)
    covered = 0
    for _ in range(tries):
        level = np.repeat(rng.beta(8 * first, 8 * (1 - first), clusters), size)
        kept = np.repeat(rng.beta(8 * (1 - lost), 8 * lost, clusters), size)
        answers = [rng.random(labels.size) < share for share in (level, level * kept)]
        found = clustered_difference(answers[0], labels, answers[1], labels)
        covered += found.low <= first * lost <= found.high
    assert 0.92 <= covered / tries <= 0.99


@laws
@given(ANSWERS, ANSWERS)
def test_a_difference_is_within_its_interval_and_turns_around(
    first: list[tuple[bool, str]], second: list[tuple[bool, str]]
) -> None:
    one, other = zip(*first, strict=True), zip(*second, strict=True)
    sets = (*one, *other)
    found = clustered_difference(*sets)
    turned = clustered_difference(*sets[2:], *sets[:2])
    assert found.value == pytest.approx(-turned.value)
    if not np.isnan(found.low):
        assert -1 <= found.low <= found.value <= found.high <= 1
        assert (found.low, found.high) == pytest.approx((-turned.high, -turned.low))


def test_a_difference_that_does_not_vary_has_limits_of_width() -> None:
    labels = np.repeat(np.arange(8), 5)
    found = clustered_difference(np.ones(40), labels, np.ones(40), labels)
    assert found.value == 0 and -0.4 < found.low < 0 < found.high < 0.4
    same = np.tile([1, 0, 1, 1, 0], 8)
    varied = np.where(labels < 2, 1, same)
    for answers in (same, varied):
        found = clustered_difference(answers, labels, answers, labels)
        assert found.value == 0 and -0.4 < found.low < -0.3 and 0.3 < found.high < 0.4
    few = clustered_difference(np.ones(3), range(3), np.ones(3), range(3))
    assert np.isnan(few.low) and np.isnan(few.high)


def test_independent_shares_differ_as_newcombe_has_it() -> None:
    """Newcombe 1998, Table II, (a): 56/70 and 48/80 give .0524 to .3339 by Wilson's limits."""

    def wilson(right: int, n: int) -> Estimate:
        z, share = 1.959964, right / n
        centre = (share + z * z / (2 * n)) / (1 + z * z / n)
        reach = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        return Estimate(n, share, centre - reach, centre + reach)

    found = independent_difference(wilson(56, 70), wilson(48, 80))
    assert (found.n, found.value) == (150, pytest.approx(0.2))
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=1e-4)


def test_a_difference_from_a_share_without_interval_has_none() -> None:
    known, few = Estimate(9, 0.5, 0.4, 0.6), Estimate(2, 0.5, np.nan, np.nan)
    for found in (independent_difference(known, few), independent_difference(few, known)):
        assert found.value == 0 and np.isnan([found.low, found.high]).all()


@pytest.mark.parametrize("clusters", [4, 8, 40])
def test_the_interval_of_a_mean_covers_what_it_promises(clusters: int) -> None:
    """Clusters differ as much as what is in them."""
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(clusters), 10)
    covered = []
    for _ in range(400):
        values = rng.normal(3, 1, clusters)[labels] + rng.normal(0, 1, labels.size)
        found = clustered_mean(values, labels)
        covered.append(found.low <= 3 <= found.high)
    assert 0.92 <= np.mean(covered) <= 0.98


def test_the_interval_of_a_mean_of_clusters_alike_in_size_is_student_s() -> None:
    from scipy.stats import t

    means = np.array([1.0, 2, 4, 9, 3])
    found = clustered_mean(np.repeat(means, 3), np.repeat(np.arange(5), 3))
    low, high = t.interval(0.95, 4, means.mean(), means.std(ddof=1) / np.sqrt(5))
    assert (found.n, found.value) == (15, means.mean())
    assert (found.low, found.high) == pytest.approx((low, high))


def test_a_mean_of_too_few_or_of_clusters_all_alike_has_no_interval() -> None:
    for values, labels in (([1.0, 2, 3], "abc"), ([0.3] * 50, np.arange(50))):
        found = clustered_mean(values, list(labels))
        assert np.isnan([found.low, found.high]).all()
        assert found.value == pytest.approx(np.mean(values))
