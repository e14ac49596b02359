"""An exact test for paired answers that come in clusters, and the correction for many of them."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spuriverse.problems import Problem
from spuriverse.statistics.bootstrap import finite_values, label_codes

# Sums of probabilities that are equal in theory differ by rounding.
_ROUNDING = 1e-12


def mcnemar_clustered(first: ArrayLike, second: ArrayLike, clusters: ArrayLike) -> float:
    """Test whether two sets of paired answers are equally often right; exact, two-sided.

    If they are, both are exchangeable within a cluster, so that a cluster's difference in right
    answers has either sign with probability 1/2 (Fisher's randomisation test, with clusters as
    units). The p-value is the probability of a total difference at least as large as the observed
    one. Where every cluster has one pair it is McNemar's exact test (1947, Psychometrika 12(2)).

    Args:
        first: Whether each first answer is right, booleans or 0 and 1, shape (n,).
        second: Whether the second answer of the same pair is right, shape (n,).
        clusters: Labels of what the pairs share, shape (n,).

    Returns:
        The p-value; 1 if no cluster shows a difference.

    Raises:
        Problem: If answers are missing or neither right nor wrong, or if lengths differ.
    """
    right, other = finite_values(first, "first answers"), finite_values(second, "second answers")
    if right.size != other.size:
        raise Problem(
            f"A paired test needs as many first as second answers, but got {right.size} and"
            f" {other.size}; pass one of each per pair."
        )
    if not np.isin([right, other], (0, 1)).all():
        raise Problem("A paired test of answers needs right (1) or wrong (0); pass no scores.")
    _, codes = label_codes(clusters, right.size, "clusters")
    differences = np.bincount(codes, weights=right - other).astype(np.int64)
    return _tail(differences)


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """Adjust p-values so that any false rejection at all is unlikely, however they depend.

    Rejecting where the result is at most a keeps the probability of one or more false rejections
    at most a (Holm 1979, Scandinavian Journal of Statistics 6(2)).

    Args:
        p_values: p-values of one family of tests, shape (n,); n may be 0. A missing one (NaN) is
            no test: it stays missing and does not count.

    Returns:
        Adjusted p-values, shape (n,), in the order of `p_values`.

    Raises:
        Problem: If a p-value is outside 0 to 1, or if the shape is not (n,).
    """
    p = np.asarray(p_values, dtype=np.float64)
    tested = ~np.isnan(p)
    if p.ndim != 1 or not ((p[tested] >= 0) & (p[tested] <= 1)).all():
        raise Problem(
            "The p-values of a Holm family must be one dimension of numbers from 0 to 1, or"
            " missing; correct the tests before adjusting."
        )
    adjusted = np.full(p.size, np.nan)
    if tested.any():
        order = np.argsort(p[tested])
        steps = np.maximum.accumulate(p[tested][order] * np.arange(order.size, 0, -1))
        adjusted[np.flatnonzero(tested)[order]] = np.minimum(steps, 1)
    return adjusted


def _tail(differences: NDArray[np.int64]) -> float:
    """Return P(|S| >= |observed|) of the sum S of the differences with random signs."""
    from scipy.special import betaln

    sizes, numbers = np.unique(np.abs(differences[differences != 0]), return_counts=True)
    chances = np.ones(1)
    for size, number in zip(sizes, numbers, strict=True):
        # The sum of `number` signs times `size` takes every (2 x size)-th value.
        steps = np.zeros(2 * size * number + 1)
        heads = np.arange(number + 1)
        ways = -np.log1p(number) - betaln(number - heads + 1, heads + 1)
        steps[:: 2 * size] = np.exp(ways - number * np.log(2))
        chances = np.convolve(chances, steps)
    sums = np.arange(chances.size) - chances.size // 2
    tail = chances[np.abs(sums) >= abs(int(differences.sum()))].sum()
    return 1.0 if tail > 1 - _ROUNDING else float(tail)
