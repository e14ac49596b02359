"""Rank correlation of observations that are not independent."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spuriverse.problems import Problem
from spuriverse.statistics.bootstrap import Estimate, check_settings, finite_values, label_codes
from spuriverse.statistics.jackknife import FEWEST_CLUSTERS

_BATCH = 250
"""Resamples that are weighed at once, so that memory does not grow with their number."""


def clustered_rank_correlation(
    first: ArrayLike,
    second: ArrayLike,
    clusters: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    seed: int,
    resamples: int = 2000,
    level: float = 0.95,
) -> Estimate:
    """Estimate Spearman's rank correlation with its cluster bootstrap interval.

    Whole clusters are drawn with replacement, and each resample is ranked anew; ties share their
    mean rank. With strata, observations are ranked within their stratum, and each rank counts from
    the stratum's mean: what differs between strata alone then correlates nothing.

    Args:
        first: Finite numbers, shape (n,).
        second: Finite numbers, shape (n,).
        clusters: Cluster labels, shape (n,).
        strata: Labels of the strata, shape (n,); by default all observations are one.
        seed: Seed of the resampling.
        resamples: Number of resamples; one in which either number is the same everywhere is not
            counted.
        level: Coverage of the interval.

    Returns:
        The number of observations, the correlation from -1 to 1 and its interval. The correlation
        is missing where either number is the same everywhere, the interval also where there are
        fewer than `FEWEST_CLUSTERS` clusters.

    Raises:
        Problem: Values or labels are missing, or the lengths differ.
    """
    x, y = finite_values(first, "first values"), finite_values(second, "second values")
    check_settings(resamples, level)
    if x.size != y.size:
        raise Problem(
            f"A rank correlation needs as many first as second values, but got {x.size} and"
            f" {y.size}; pass one of each per observation."
        )
    codes = label_codes(clusters, x.size, "clusters")[1]
    layers = label_codes(np.zeros(x.size) if strata is None else strata, x.size, "strata")[1]
    value = float(_correlations(x, y, layers, np.ones((1, x.size)))[0])
    number = int(codes.max()) + 1
    if number < FEWEST_CLUSTERS or math.isnan(value):
        return Estimate(x.size, value, math.nan, math.nan)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(number, np.full(number, 1 / number), size=resamples).astype(float)
    parts = [
        _correlations(x, y, layers, drawn[start : start + _BATCH, codes])
        for start in range(0, resamples, _BATCH)
    ]
    found = np.concatenate(parts)
    found = found[~np.isnan(found)]
    if not found.size:
        return Estimate(x.size, value, math.nan, math.nan)
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(x.size, value, float(low), float(high))


def _correlations(
    x: NDArray[np.float64], y: NDArray[np.float64], layers: NDArray[np.intp], weights: NDArray
) -> NDArray[np.float64]:
    """The correlation of ranks in every resample; weights have the shape (resamples, n)."""
    left, right = np.empty_like(weights), np.empty_like(weights)
    for layer in range(int(layers.max()) + 1):
        at = np.flatnonzero(layers == layer)
        left[:, at] = _centred_ranks(x[at], weights[:, at])
        right[:, at] = _centred_ranks(y[at], weights[:, at])
    squares = [(weights * side**2).sum(1) for side in (left, right)]
    scale = np.sqrt(squares[0] * squares[1])
    with np.errstate(invalid="ignore", divide="ignore"):
        found = (weights * left * right).sum(1) / scale
    return np.where(scale > 1e-9, found, np.nan)


def _centred_ranks(values: NDArray[np.float64], weights: NDArray) -> NDArray[np.float64]:
    """Mean ranks of observations that count `weights` times, less the mean of all ranks."""
    ties = np.unique(values, return_inverse=True)[1]
    order = np.argsort(ties, kind="stable")
    starts = np.flatnonzero(np.diff(ties[order], prepend=-1))
    tied = np.add.reduceat(weights[:, order], starts, axis=1)
    ranks = np.cumsum(tied, axis=1) - tied / 2
    return ranks[:, ties] - weights.sum(1, keepdims=True) / 2
