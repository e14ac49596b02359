"""Bootstrap intervals for means of observations that are not independent."""

from dataclasses import dataclass
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
    codes, sums, counts = cluster_cells(numbers, cluster_codes(numbers, clusterings))
    means = resampled_means(codes, sums, counts, resamples, np.random.default_rng(seed))
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(numbers.size, float(sums.sum() / numbers.size), float(low), float(high))


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
        cluster_cells(numbers, cluster_codes(numbers, (labels,)))
        for numbers, labels in (
            (finite_values(first, "first"), first_clusters),
            (finite_values(second, "second"), second_clusters),
        )
    ]
    means = [resampled_means(*cells, resamples, rng) for cells in sets]
    low, high = np.quantile(means[0] - means[1], [(1 - level) / 2, (1 + level) / 2])
    values = [float(sums.sum() / counts.sum()) for _, sums, counts in sets]
    n = int(sum(counts.sum() for _, _, counts in sets))
    return Estimate(n, values[0] - values[1], float(low), float(high))


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


def cluster_cells(
    values: NDArray[np.float64], codes: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
    """Aggregate rows to distinct combinations of clusters: their codes, sums and counts."""
    # Sorting by value too fixes the order of summation, hence the rounding, for any row order.
    order = np.lexsort((values, *codes))
    codes = codes[:, order]
    starts = np.flatnonzero(np.append(True, (np.diff(codes) != 0).any(axis=0)))
    counts = np.diff(np.append(starts, values.size)).astype(np.float64)
    return codes[:, starts], np.add.reduceat(values[order], starts), counts


def resampled_means(
    codes: NDArray[np.intp],
    sums: NDArray[np.float64],
    counts: NDArray[np.float64],
    resamples: int,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    batch = max(1, WEIGHTS_IN_MEMORY // counts.size)
    means = np.empty(0)
    while means.size < resamples:
        weights = _cell_weights(codes, min(batch, resamples - means.size), rng)
        totals = weights @ counts
        drawn = totals > 0
        means = np.append(means, (weights @ sums)[drawn] / totals[drawn])
    return means


def _cell_weights(
    codes: NDArray[np.intp], draws: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return weights of shape (draws, cells): the product of independent multinomial counts."""
    weights = np.ones((draws, codes.shape[1]))
    for code in codes:
        clusters = int(code.max()) + 1
        counts = rng.multinomial(clusters, np.full(clusters, 1 / clusters), size=draws)
        weights *= counts[:, code]
    return weights
