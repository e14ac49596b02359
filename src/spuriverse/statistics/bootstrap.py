"""Bootstrap intervals for means of observations that are not independent.

Clusters of as many observations with the same sum are exchangeable: a resample's mean depends only
on how many of them are drawn. How many come from each class of such clusters is multinomial, with
the share of the class as its probability, so that classes are drawn in place of clusters. The means
have exactly the distribution of the cluster bootstrap (Davison and Hinkley 1997, Bootstrap Methods
and their Application, section 3.8; Field and Welsh 2007, Journal of the Royal Statistical Society B
69(3)), at a cost that grows with the number of classes and hardly with that of clusters.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spuriverse.problems import Problem

WEIGHTS_IN_MEMORY = 20_000_000


@dataclass(frozen=True)
class Estimate:
    """A mean of `n` observations with its interval from `low` to `high`, in their unit."""

    n: int
    value: float
    low: float
    high: float


def cluster_bootstrap(
    values: ArrayLike,
    *clusterings: ArrayLike,
    seed: int,
    resamples: int = 2000,
    level: float = 0.95,
) -> Estimate:
    """Estimate the mean of clustered observations with a percentile bootstrap interval.

    One clustering gives the ordinary cluster bootstrap: whole clusters are drawn with replacement,
    and each resample's mean is the ratio of its sum to its number of observations (Cameron,
    Gelbach and Miller 2008, Review of Economics and Statistics 90(3)). Several crossed clusterings
    give the pigeonhole bootstrap: each clustering is drawn on its own, and an observation weighs
    the product of its clusters' counts (Owen 2007, Annals of Applied Statistics 1(2)). Without a
    clustering, every observation is its own cluster.

    A clustering with a single cluster adds no width: one cluster says nothing about the variation
    between clusters.

    The time grows with the number of distinct clusters, those that differ in size or in sum: for
    right and wrong answers about one image each, there are two, however many images there are.

    Args:
        values: Finite numbers or booleans, shape (n,).
        clusterings: Cluster labels, each of shape (n,) and of one sortable type.
        seed: Seed of the resampling. The result depends neither on the order of the observations
            nor on the names of the labels, as long as these sort alike.
        resamples: Number of resamples. A resample of crossed clusterings that happens to hold no
            observation is drawn anew.
        level: Coverage of the interval, between 0 and 1.

    Returns:
        The number of observations, their mean and its interval, in the unit of `values`.

    Raises:
        Problem: If values are missing, infinite or absent, if lengths differ, if labels are
            missing, or if `resamples` or `level` is out of range.
    """
    numbers = finite_values(values, "values")
    check_settings(resamples, level)
    cells = cluster_cells(numbers, cluster_codes(numbers, clusterings))
    means = resampled_means(cells, resamples, np.random.default_rng(seed))
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(numbers.size, _mean(numbers), float(low), float(high))


def cluster_bootstrap_difference(
    first: ArrayLike,
    second: ArrayLike,
    *clusterings: ArrayLike,
    seed: int,
    resamples: int = 2000,
    level: float = 0.95,
) -> Estimate:
    """Estimate the paired difference mean(first) - mean(second) of clustered observations.

    Observation i of `first` and observation i of `second` belong together and are always drawn
    together. Everything else is as in `cluster_bootstrap`.

    Args:
        first: Finite numbers or booleans, shape (n,).
        second: Finite numbers or booleans, shape (n,).
        clusterings: Cluster labels of the pairs, each of shape (n,).
        seed: Seed of the resampling.
        resamples: Number of resamples.
        level: Coverage of the interval, between 0 and 1.

    Returns:
        The number of pairs, the difference and its interval, in the unit of the values.

    Raises:
        Problem: As in `cluster_bootstrap`, and if `first` and `second` differ in length.
    """
    minuend, subtrahend = finite_values(first, "first"), finite_values(second, "second")
    if minuend.size != subtrahend.size:
        raise Problem(
            f"A paired difference needs as many first as second values, but got {minuend.size} "
            f"and {subtrahend.size}; pass one of each per pair."
        )
    return cluster_bootstrap(
        minuend - subtrahend, *clusterings, seed=seed, resamples=resamples, level=level
    )


def cluster_bootstrap_contrast(
    first: ArrayLike,
    first_clusters: ArrayLike,
    second: ArrayLike,
    second_clusters: ArrayLike,
    *,
    seed: int,
    resamples: int = 2000,
    level: float = 0.95,
) -> Estimate:
    """Estimate the difference mean(first) - mean(second) of two sets that share no observation.

    Each set is resampled on its own, by its own clusters; everything else is as in
    `cluster_bootstrap`.

    Args:
        first: Finite numbers or booleans, shape (n,).
        first_clusters: Their cluster labels, shape (n,).
        second: Finite numbers or booleans, shape (m,).
        second_clusters: Their cluster labels, shape (m,).
        seed: Seed of the resampling.
        resamples: Number of resamples.
        level: Coverage of the interval, between 0 and 1.

    Returns:
        The number of observations in both sets, the difference of their means and its interval.

    Raises:
        Problem: As in `cluster_bootstrap`.
    """
    check_settings(resamples, level)
    rng = np.random.default_rng(seed)
    sets = [
        (numbers, cluster_cells(numbers, cluster_codes(numbers, (labels,))))
        for numbers, labels in (
            (finite_values(first, "first"), first_clusters),
            (finite_values(second, "second"), second_clusters),
        )
    ]
    means = [resampled_means(cells, resamples, rng) for _, cells in sets]
    low, high = np.quantile(means[0] - means[1], [(1 - level) / 2, (1 + level) / 2])
    n = sum(numbers.size for numbers, _ in sets)
    return Estimate(n, _mean(sets[0][0]) - _mean(sets[1][0]), float(low), float(high))


def finite_values(values: ArrayLike, name: str) -> NDArray[np.float64]:
    """Return `values` as floats of shape (n,), n > 0; a Problem names what is not one."""
    try:
        numbers = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise Problem(
            f"The {name} hold something that is not a number ({error}); clean them first."
        ) from error
    if numbers.ndim != 1 or numbers.size == 0:
        raise Problem(
            f"The {name} have shape {numbers.shape}; pass one dimension with at least one value."
        )
    if not np.isfinite(numbers).all():
        row = int(np.flatnonzero(~np.isfinite(numbers))[0])
        raise Problem(
            f"The {name} hold {numbers[row]} at position {row}; remove or repair such values."
        )
    return numbers


def label_codes(labels: ArrayLike, length: int, name: str) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Return the sorted distinct labels and, with shape (length,), each row's index into them.

    Raises:
        Problem: If the labels are not of shape (length,), are missing, or cannot be sorted.
    """
    array = np.asarray(labels)
    if array.shape != (length,):
        raise Problem(
            f"The {name} have shape {array.shape} but there are {length} values; "
            f"pass one label per value."
        )
    try:
        distinct, codes = np.unique(array, return_inverse=True)
        missing = bool((distinct != distinct).any())
    except TypeError as error:
        raise Problem(
            f"The {name} cannot be sorted ({error}); fill in missing labels and use one type."
        ) from error
    if missing:
        raise Problem(f"The {name} hold a missing label; give every value one.")
    return distinct, codes


def check_settings(resamples: int, level: float) -> None:
    if resamples < 1:
        raise Problem(f"The bootstrap got resamples={resamples}; ask for at least 1.")
    if not 0 < level < 1:
        raise Problem(f"The bootstrap got level={level}; choose one between 0 and 1.")


def cluster_codes(
    values: NDArray[np.float64], clusterings: tuple[ArrayLike, ...]
) -> NDArray[np.intp]:
    """Return cluster indices of shape (clusterings, n)."""
    if not clusterings:
        # The rank as label keeps the result independent of the order of the rows.
        return np.argsort(np.argsort(values))[np.newaxis]
    return np.stack(
        [
            label_codes(labels, values.size, f"labels of clustering {position}")[1]
            for position, labels in enumerate(clusterings, start=1)
        ]
    )


@dataclass(frozen=True)
class Cells:
    """Observations, summed up by their combination of classes of exchangeable clusters.

    Attributes:
        codes: The class of every cell in each clustering, shape (clusterings, cells).
        sums: Sum of the observations of one combination of clusters, shape (cells,).
        counts: Their number, shape (cells,).
        members: For each clustering the number of clusters in every class.
    """

    codes: NDArray[np.intp]
    sums: NDArray[np.float64]
    counts: NDArray[np.float64]
    members: tuple[NDArray[np.intp], ...]


def cluster_cells(values: NDArray[np.float64], codes: NDArray[np.intp]) -> Cells:
    """Sum observations up by cluster, and put clusters together that are exchangeable.

    Two clusters of a clustering are if they have the same sums and counts in every combination with
    the clusters of the other clusterings.

    Args:
        values: Observations, shape (n,).
        codes: Cluster indices from 0, shape (clusterings, n).

    Returns:
        The cells, with the classes of a clustering in the order of their first clusters: it depends
        neither on the order of the observations nor on the sign of all values.
    """
    order = np.lexsort(codes)
    codes = codes[:, order]
    starts = np.flatnonzero(np.append(True, (np.diff(codes) != 0).any(axis=0)))
    edges, listed = [*starts.tolist(), values.size], values[order].tolist()
    # Sums that are rounded once are the same for any order of the observations.
    sums = np.array([math.fsum(listed[begin:end]) for begin, end in pairwise(edges)])
    counts = np.diff(edges).astype(np.float64)
    clusters = tuple(np.ones(int(code.max()) + 1, dtype=np.intp) for code in codes)
    cells = Cells(codes[:, starts], sums, counts, clusters)
    for position in range(len(codes)):
        cells = _put_together(cells, position)
    return cells


def _put_together(cells: Cells, position: int) -> Cells:
    """Keep the first of all exchangeable clusters of one clustering, with their number."""
    own = cells.codes[position]
    others = np.delete(cells.codes, position, axis=0)
    kinds = _number_rows([*others, cells.counts, cells.sums])
    order = np.lexsort((kinds, own))
    edges = np.searchsorted(own[order], np.arange(cells.members[position].size + 1))
    profiles, width = kinds[order].tobytes(), kinds.itemsize
    classes: dict[bytes, int] = {}
    class_of = np.array(
        [
            classes.setdefault(profiles[begin:end], len(classes))
            for begin, end in pairwise((edges * width).tolist())
        ]
    )
    first = np.unique(class_of, return_index=True)[1]
    kept = first[class_of[own]] == own
    codes = cells.codes[:, kept]
    codes[position] = class_of[codes[position]]
    members = list(cells.members)
    members[position] = np.bincount(class_of)
    return replace(
        cells,
        codes=codes,
        sums=cells.sums[kept],
        counts=cells.counts[kept],
        members=tuple(members),
    )


def _number_rows(columns: Sequence[NDArray[Any]]) -> NDArray[np.intp]:
    """Return the same number for equal rows of a table and another one for others."""
    order = np.lexsort(columns)
    differs = np.zeros(order.size, dtype=bool)
    for column in columns:
        differs[1:] |= np.diff(column[order]) != 0
    numbers = np.empty(order.size, dtype=np.intp)
    numbers[order] = np.cumsum(differs)
    return numbers


def resampled_means(cells: Cells, resamples: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw clusters with replacement and return the mean of every resample, shape (resamples,)."""
    batch = max(1, WEIGHTS_IN_MEMORY // cells.counts.size)
    means = np.empty(0)
    while means.size < resamples:
        weights = _cell_weights(cells, min(batch, resamples - means.size), rng)
        totals = weights @ cells.counts
        drawn = totals > 0
        means = np.append(means, (weights @ cells.sums)[drawn] / totals[drawn])
    return means


def _cell_weights(cells: Cells, draws: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return weights of shape (draws, cells): the product of independent multinomial counts."""
    weights = np.ones((draws, cells.counts.size))
    for code, members in zip(cells.codes, cells.members, strict=True):
        clusters = int(members.sum())
        weights *= rng.multinomial(clusters, members / clusters, size=draws)[:, code]
    return weights


def _mean(values: NDArray[np.float64]) -> float:
    return math.fsum(values.tolist()) / values.size


def accuracy(
    correct: ArrayLike, *clusterings: ArrayLike, seed: int, resamples: int = 2000
) -> Estimate:
    """Estimate the share of correct answers with its 95% cluster bootstrap interval.

    Args:
        correct: Whether each answer is correct, booleans or 0 and 1, shape (n,).
        clusterings: Labels of what the answers share, such as their type and their training seed,
            each of shape (n,). Without any, the answers count as independent.
        seed: Seed of the resampling.
        resamples: Number of bootstrap resamples.

    Returns:
        The number of answers, the accuracy and its interval, from 0 to 1.

    Raises:
        Problem: As in `spuriverse.statistics.cluster_bootstrap`.
    """
    return cluster_bootstrap(correct, *clusterings, seed=seed, resamples=resamples)


def gap(
    core_correct: ArrayLike, spurious_correct: ArrayLike, *clusterings: ArrayLike, seed: int
) -> Estimate:
    """Estimate the paired gap accuracy(core) - accuracy(spurious) with its 95% interval.

    Args:
        core_correct: Whether each core answer is correct, shape (n,).
        spurious_correct: Whether the spurious answer of the same pair is correct, shape (n,).
        clusterings: Labels of what the pairs share, each of shape (n,). Without any, the pairs
            count as independent.
        seed: Seed of the resampling.

    Returns:
        The number of pairs, the gap and its interval, from -1 to 1.

    Raises:
        Problem: As in `spuriverse.statistics.cluster_bootstrap_difference`.
    """
    return cluster_bootstrap_difference(core_correct, spurious_correct, *clusterings, seed=seed)
