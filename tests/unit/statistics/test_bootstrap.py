"""Cluster bootstrap: its laws, its agreement with theory, its coverage and its errors."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product
from math import prod
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import multinomial

from spuriverse.problems import Problem
from spuriverse.statistics import Estimate, cluster_bootstrap
from spuriverse.statistics.bootstrap import Cells, cluster_cells, cluster_codes, resampled_means

Rows = list[tuple[float, str, int]]

ROWS = st.lists(
    st.tuples(st.floats(-10, 10), st.sampled_from("abcdef"), st.integers(0, 3)),
    min_size=1,
    max_size=30,
)
FEW = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=9
)
laws = settings(deadline=None, derandomize=True, max_examples=50)

Law = dict[Fraction, float]
"""Mean of a resample -> its probability."""


def columns(rows: Rows) -> tuple[list[float], list[str], list[int]]:
    return [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]


def cells_of(values: Sequence[float], *clusterings: Sequence[object]) -> Cells:
    numbers = np.asarray(values, dtype=float)
    return cluster_cells(numbers, cluster_codes(numbers, clusterings))


def law_of_clusters(values: Sequence[int], *clusterings: Sequence[int]) -> Law:
    """The plain cluster bootstrap: every draw of as many clusters as there are, with its means."""
    drawings = [product(set(labels), repeat=len(set(labels))) for labels in clusterings]
    draws = list(product(*drawings))
    law: defaultdict[Fraction, float] = defaultdict(float)
    for drawn in draws:
        weights = [
            prod(clusters.count(label) for clusters, label in zip(drawn, labels, strict=True))
            for labels in zip(*clusterings, strict=True)
        ]
        if total := sum(weights):
            won = sum(w * v for w, v in zip(weights, values, strict=True))
            law[Fraction(won, total)] += 1 / len(draws)
    return conditional(law)


def law_of_cells(cells: Cells) -> Law:
    """What is drawn: a multinomial number from each class of exchangeable clusters."""
    law: defaultdict[Fraction, float] = defaultdict(float)
    for drawn in product(*map(numbers_drawn, cells.members)):
        chance = prod(
            multinomial.pmf(n, n=sum(n), p=members / members.sum())
            for n, members in zip(drawn, cells.members, strict=True)
        )
        weights = [prod(n[c] for n, c in zip(drawn, codes, strict=True)) for codes in cells.codes.T]
        if total := int(np.dot(weights, cells.counts)):
            law[Fraction(int(np.dot(weights, cells.sums)), total)] += chance
    return conditional(law)


def numbers_drawn(members: NDArray[np.intp]) -> Iterator[tuple[int, ...]]:
    """All ways to spread as many draws over the classes as there are clusters."""
    whole = range(int(members.sum()) + 1)
    return (n for n in product(whole, repeat=members.size) if sum(n) == whole[-1])


def conditional(law: Law) -> Law:
    return {mean: chance / sum(law.values()) for mean, chance in law.items()}


def clustered(rng: np.random.Generator) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """Forty clusters of ten answers; the chance to be correct is mostly near 0 or near 1."""
    chances = rng.beta(0.5, 0.5, size=40)
    return (rng.random((40, 10)) < chances[:, None]).ravel(), np.repeat(np.arange(40), 10)


@given(ROWS)
@laws
def test_the_interval_contains_the_mean(rows: Rows) -> None:
    values, types, _ = columns(rows)
    estimate = cluster_bootstrap(values, types, seed=0, resamples=500)
    assert estimate.n == len(values)
    assert estimate.value == pytest.approx(np.mean(values), abs=1e-9)
    assert estimate.low - 1e-9 <= estimate.value <= estimate.high + 1e-9


@given(ROWS, st.randoms(use_true_random=False))
@laws
def test_the_order_of_rows_does_not_matter(rows: Rows, random: Random) -> None:
    shuffled = random.sample(rows, len(rows))

    def estimates(rows: Rows) -> list[Estimate]:
        values, types, seeds = columns(rows)
        return [
            cluster_bootstrap(values, *clusterings, seed=1, resamples=50)
            for clusterings in ((), (types,), (types, seeds))
        ]

    assert estimates(shuffled) == estimates(rows)


@given(ROWS)
@laws
def test_the_names_of_labels_do_not_matter(rows: Rows) -> None:
    values, types, seeds = columns(rows)
    renamed = [f"type {label * 2}" for label in types]
    assert cluster_bootstrap(values, types, seeds, seed=2, resamples=50) == cluster_bootstrap(
        values, renamed, [10 * seed for seed in seeds], seed=2, resamples=50
    )


@given(FEW, st.booleans())
@laws
def test_drawing_classes_is_drawing_clusters(rows: list[tuple[int, int, int]], cross: bool) -> None:
    """Every mean of a resample has the probability that it has if clusters are drawn one by one."""
    values, *clusterings = map(list, zip(*rows, strict=True))
    chosen = clusterings if cross else clusterings[:1]
    assert law_of_cells(cells_of(values, *chosen)) == pytest.approx(
        law_of_clusters(values, *chosen), abs=1e-12
    )


@given(FEW, st.booleans())
@laws
def test_resampled_means_have_the_moments_of_the_cluster_bootstrap(
    rows: list[tuple[int, int, int]], cross: bool
) -> None:
    """Mean and variance are within five standard errors of what enumeration gives."""
    values, *clusterings = map(list, zip(*rows, strict=True))
    chosen = clusterings if cross else clusterings[:1]
    law = law_of_clusters(values, *chosen)
    mean = sum(float(m) * chance for m, chance in law.items())
    central = [sum((float(m) - mean) ** k * chance for m, chance in law.items()) for k in (2, 4)]
    drawn = resampled_means(cells_of(values, *chosen), 4_000, np.random.default_rng(7))
    errors = np.sqrt([central[0] / 4_000, max(central[1] - central[0] ** 2, 0) / 4_000])
    assert drawn.mean() == pytest.approx(mean, abs=5 * errors[0] + 1e-9)
    squares = ((drawn - mean) ** 2).mean()
    assert squares == pytest.approx(central[0], abs=5 * errors[1] + 1e-9)


def test_the_cost_does_not_grow_with_the_number_of_like_clusters() -> None:
    """Right and wrong answers about one image each are of two kinds; by four seeds, of sixteen."""
    rng = np.random.default_rng(5)
    right, images = rng.random(40_000) < 0.7, np.tile(np.arange(10_000), 4)
    assert cells_of(right, np.arange(40_000)).counts.size == 2
    crossed = cells_of(right, images, np.repeat(np.arange(4), 10_000))
    assert [members.size for members in crossed.members] == [16, 4]
    assert [members.sum() for members in crossed.members] == [10_000, 4]


@given(ROWS)
@laws
def test_a_single_cluster_adds_no_variation_to_another_clustering(rows: Rows) -> None:
    values, types, _ = columns(rows)
    alone = cluster_bootstrap(values, types, seed=3, resamples=50)
    assert cluster_bootstrap(values, types, [0] * len(values), seed=3, resamples=50) == alone


def test_the_width_is_that_of_the_normal_theory() -> None:
    """For an additive table, the resampled variance is the sum of the two marginal ones."""
    rng = np.random.default_rng(0)
    rows, cols = rng.normal(size=60), rng.normal(size=50)
    table = rows[:, None] + cols[None, :]
    i, j = np.indices(table.shape)
    one = cluster_bootstrap(table.ravel(), i.ravel(), seed=0, resamples=4000)
    two = cluster_bootstrap(table.ravel(), i.ravel(), j.ravel(), seed=0, resamples=4000)
    variances = np.var(rows) / rows.size, np.var(cols) / cols.size
    assert one.high - one.low == pytest.approx(2 * 1.96 * np.sqrt(variances[0]), rel=0.06)
    assert two.high - two.low == pytest.approx(2 * 1.96 * np.sqrt(sum(variances)), rel=0.06)


def test_two_crossed_clusterings_widen_the_interval_when_both_matter() -> None:
    rng = np.random.default_rng(1)
    table = rng.normal(size=(30, 1)) + rng.normal(size=(1, 8)) + 0.1 * rng.normal(size=(30, 8))
    types, seeds = (index.ravel() for index in np.indices(table.shape))
    widths = [
        estimate.high - estimate.low
        for estimate in (
            cluster_bootstrap(table.ravel(), types, seed=0),
            cluster_bootstrap(table.ravel(), seeds, seed=0),
            cluster_bootstrap(table.ravel(), types, seeds, seed=0),
        )
    ]
    assert widths[2] >= max(widths[:2])


def test_coverage_is_nominal_and_ignoring_clusters_loses_it() -> None:
    rng = np.random.default_rng(2)
    covered = np.zeros((300, 2), dtype=bool)
    for simulation in range(len(covered)):
        values, clusters = clustered(rng)
        by_cluster = cluster_bootstrap(values, clusters, seed=simulation, resamples=400)
        ignoring = cluster_bootstrap(values, seed=simulation, resamples=200)
        covered[simulation] = [e.low <= 0.5 <= e.high for e in (by_cluster, ignoring)]
    share_by_cluster, share_ignoring = covered.mean(axis=0)
    assert 0.90 <= share_by_cluster <= 0.98
    assert share_ignoring < 0.70


def test_resamples_without_observations_are_drawn_anew() -> None:
    """Of two observations on a diagonal, one crossed draw in eight holds neither."""
    estimate = cluster_bootstrap([0, 1], ["a", "b"], ["x", "y"], seed=0)
    assert (estimate.low, estimate.value, estimate.high) == (0, 0.5, 1)


def test_batches_only_bound_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    values, clusters = clustered(np.random.default_rng(3))
    whole = cluster_bootstrap(values, clusters, seed=0)
    monkeypatch.setattr("spuriverse.statistics.bootstrap.WEIGHTS_IN_MEMORY", 1000)
    batched = cluster_bootstrap(values, clusters, seed=0)
    assert (batched.low, batched.high) == pytest.approx((whole.low, whole.high), abs=1e-9)


def test_a_higher_level_widens_the_interval() -> None:
    values, clusters = clustered(np.random.default_rng(4))
    narrow = cluster_bootstrap(values, clusters, seed=0, level=0.5)
    wide = cluster_bootstrap(values, clusters, seed=0, level=0.99)
    assert wide.low < narrow.low < narrow.high < wide.high


@pytest.mark.parametrize(
    ("values", "labels", "message"),
    [
        ([], [], "at least one value"),
        ([[1.0]], [0], "one dimension"),
        ([1.0, float("nan")], [0, 1], "position 1"),
        (["yes"], [0], "not a number"),
        ([1.0, 2.0], [0], "one label per value"),
        ([1.0, 2.0], ["a", None], "cannot be sorted"),
        ([1.0, 2.0], [0.0, float("nan")], "missing label"),
    ],
)
def test_unusable_observations_are_a_problem(
    values: list[float], labels: list[object], message: str
) -> None:
    with pytest.raises(Problem, match=message):
        cluster_bootstrap(values, np.asarray(labels), seed=0)


def test_unusable_settings_are_a_problem() -> None:
    with pytest.raises(Problem, match="resamples=0"):
        cluster_bootstrap([1.0], seed=0, resamples=0)
    with pytest.raises(Problem, match="level=95"):
        cluster_bootstrap([1.0], seed=0, level=95)
