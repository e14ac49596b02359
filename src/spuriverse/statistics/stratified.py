"""Bootstrap intervals for what is made of the means of several strata."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spuriverse.problems import Problem
from spuriverse.statistics.bootstrap import (
    Estimate,
    check_settings,
    cluster_cells,
    cluster_codes,
    finite_values,
    label_codes,
    resampled_means,
)
from spuriverse.statistics.jackknife import exact_limits


@dataclass(frozen=True)
class StratifiedEstimate:
    """The mean of the strata's means, and how far these are apart.

    Attributes:
        mean: With its interval.
        spread: Population standard deviation of the strata's means, as they are.
        noise: What chance alone would spread the means of strata that are all alike.
    """

    mean: Estimate
    spread: float
    noise: float

    @property
    def corrected_spread(self) -> float:
        """The spread less its noise, as variances; 0 where there is less spread than noise."""
        return float(np.sqrt(max(0.0, self.spread**2 - self.noise**2)))


def stratified_bootstrap(
    values: ArrayLike,
    strata: ArrayLike,
    clusters: ArrayLike,
    *,
    seed: int,
    resamples: int = 2000,
    level: float = 0.95,
    joint: bool = False,
) -> StratifiedEstimate:
    """Estimate the unweighted mean of the strata's means, and their population deviation.

    Within every stratum, clusters are drawn with replacement, as in `cluster_bootstrap`; a cluster
    label means another cluster in another stratum, unless clusters are drawn jointly: for strata
    that overlap, the clusters of all are drawn at once, each with its values in every stratum, and
    a resample's statistics are those of the strata that it holds. Chance spreads the means of small
    strata, so that the variance of the resampled means says how much of the deviation is noise.

    Args:
        values: Finite numbers or booleans, shape (n,).
        strata: The stratum of each value, shape (n,).
        clusters: The cluster of each value, shape (n,).
        seed: Of the resampling.
        resamples: Number of resamples.
        level: Coverage of the intervals, between 0 and 1.
        joint: Whether a cluster label means the same cluster in every stratum.

    Returns:
        The mean with the number of values, the spread and its noise, in the unit of the values.
        Where no value differs, the limits are the exact ones for a share of as many trials as
        there are clusters, and missing of what is no share.

    Raises:
        Problem: As in `cluster_bootstrap`.
    """
    numbers = finite_values(values, "values")
    check_settings(resamples, level)
    names, codes = label_codes(strata, numbers.size, "strata")
    labels = np.asarray(clusters)
    if labels.shape != numbers.shape:
        raise Problem(
            f"There are {labels.size} cluster labels for {numbers.size} values; pass one for each."
        )
    rng = np.random.default_rng(seed)
    draw = _drawn_jointly if joint else _drawn_apart
    means, drawn = draw(numbers, codes, len(names), labels, resamples, rng)
    tails = [(1 - level) / 2, (1 + level) / 2]

    low, high = np.quantile(np.nanmean(drawn, axis=0), tails)
    if np.ptp(numbers) == 0:
        units = (labels,) if joint else (labels, codes)
        low, high = _unvaried(float(means.mean()), cluster_codes(numbers, units), level)
    strata_left = (len(names) - 1) / len(names)
    return StratifiedEstimate(
        Estimate(numbers.size, float(means.mean()), float(low), float(high)),
        float(means.std()),
        float(np.sqrt(np.nanvar(drawn, axis=1).mean() * strata_left)),
    )


def _unvaried(mean: float, clusters: np.ndarray, level: float) -> tuple[float, float]:
    if not 0 <= mean <= 1:
        return math.nan, math.nan
    trials = np.unique(clusters, axis=1).shape[1]
    return exact_limits(mean * trials, trials, level)


def _drawn_apart(
    numbers: np.ndarray,
    codes: np.ndarray,
    strata: int,
    labels: np.ndarray,
    resamples: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean of every stratum, and its resampled means, one row per stratum."""
    means, drawn = np.empty(strata), np.empty((strata, resamples))
    for stratum in range(strata):
        inside = codes == stratum
        part = numbers[inside]
        means[stratum] = part.mean()
        cells = cluster_cells(part, cluster_codes(part, (labels[inside],)))
        drawn[stratum] = resampled_means(cells, resamples, rng)
    return means, drawn


def _drawn_jointly(
    numbers: np.ndarray,
    codes: np.ndarray,
    strata: int,
    labels: np.ndarray,
    resamples: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """As `_drawn_apart`; missing where a resample has no value of a stratum."""
    known, units = label_codes(labels, numbers.size, "clusters")
    sums, sizes = np.zeros((2, len(known), strata))
    np.add.at(sums, (units, codes), numbers)
    np.add.at(sizes, (units, codes), 1)
    means = sums.sum(axis=0) / sizes.sum(axis=0)
    drawn = np.empty((strata, resamples))
    for turn in range(resamples):
        often = np.bincount(rng.integers(len(known), size=len(known)), minlength=len(known))
        with np.errstate(invalid="ignore"):
            drawn[:, turn] = (often @ sums) / (often @ sizes)
    return means, drawn
