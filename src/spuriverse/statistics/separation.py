"""How well a number tells two kinds of observation apart."""

import numpy as np
from numpy.typing import ArrayLike

from spuriverse.problems import Problem
from spuriverse.statistics.bootstrap import Estimate, finite_values, label_codes


def roc_area(
    values: ArrayLike,
    positive: ArrayLike,
    clusters: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    seed: int,
    resamples: int = 2000,
    level: float = 0.95,
) -> Estimate | None:
    """Estimate the area under the ROC curve with its cluster bootstrap interval.

    It is the share of pairs of one positive and one negative observation in which the positive
    has the greater value, ties counting half (Mann-Whitney). Whole clusters are drawn with
    replacement, and a pair weighs the product of its clusters' counts.

    Args:
        values: Finite numbers, shape (n,).
        positive: Whether each observation is positive, shape (n,).
        clusters: Cluster labels, shape (n,).
        strata: If given, only pairs within one stratum count.
        seed: Seed of the resampling.
        resamples: Number of resamples; one in which no pair is left is not counted.
        level: Coverage of the interval.

    Returns:
        The number of observations, the area from 0 to 1 and its interval; None if no pair is there
        to compare.

    Raises:
        Problem: Values are missing, or the lengths differ.
    """
    numbers = finite_values(values, "values")
    is_positive = np.asarray(positive, dtype=bool)
    if is_positive.shape != numbers.shape:
        raise Problem(
            f"An area under the curve needs one outcome per value, but there are {numbers.size}"
            f" values and {is_positive.size} outcomes; pass as many of each."
        )
    codes = label_codes(clusters, numbers.size, "clusters")[1]
    layers = label_codes(
        np.zeros(numbers.size) if strata is None else strata, numbers.size, "strata"
    )[1]
    wins, pairs = _by_cluster(numbers, is_positive, codes, layers)
    if pairs.sum() == 0:
        return None
    rng = np.random.default_rng(seed)
    n = len(pairs)
    drawn = rng.multinomial(n, np.full(n, 1 / n), size=resamples).astype(float)
    totals = np.einsum("bi,ij,bj->b", drawn, pairs, drawn, optimize=True)
    won = np.einsum("bi,ij,bj->b", drawn, wins, drawn, optimize=True)
    areas = won[totals > 0] / totals[totals > 0]
    low, high = np.quantile(areas, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(numbers.size, float(wins.sum() / pairs.sum()), float(low), float(high))


def _by_cluster(
    values: np.ndarray, positive: np.ndarray, codes: np.ndarray, layers: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Won pairs and all pairs, by the clusters of the positive and of the negative observation."""
    first, second = np.flatnonzero(positive), np.flatnonzero(~positive)
    difference = values[first][:, None] - values[second][None, :]
    counted = (layers[first][:, None] == layers[second][None, :]).astype(float)
    won = ((difference > 0) + 0.5 * (difference == 0)) * counted
    clusters = int(codes.max()) + 1
    left, right = np.eye(clusters)[codes[first]], np.eye(clusters)[codes[second]]
    return left.T @ won @ right, left.T @ counted @ right
