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
