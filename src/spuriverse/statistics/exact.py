"""Exact one-sided tests for counts, and their correction for multiplicity.

Tails are summed here: to import scipy.stats takes longer than most jobs that test.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spuriverse.problems import Problem


def fisher_one_sided(
    successes_a: ArrayLike, n_a: ArrayLike, successes_b: ArrayLike, n_b: ArrayLike
) -> NDArray[np.float64]:
    """Test whether a succeeds more often than b: Fisher's exact test, one-sided.

    The p-value is the upper tail of the hypergeometric distribution of a's successes given both
    margins (Fisher 1935, Journal of the Royal Statistical Society 98(1)), as
    `scipy.stats.fisher_exact(alternative="greater")` gives for a single table.

    Args:
        successes_a: Numbers of successes of a, any shape; the four arguments are broadcast.
        n_a: Numbers of trials of a.
        successes_b: Numbers of successes of b.
        n_b: Numbers of trials of b.

    Returns:
        p-values in the broadcast shape, () for four scalars; 1 where a or b has no trials.

    Raises:
        Problem: If a count is negative or not whole, or if successes exceed trials.
    """
    a, trials_a = _successes(successes_a, n_a, "a")
    b, trials_b = _successes(successes_b, n_b, "b")
    # Of many candidates with as many images each, most tables of counts occur more than once.
    counts = np.stack(np.broadcast_arrays(a, trials_a, b, trials_b))
    (a, trials_a, b, trials_b), where = _distinct(counts.reshape(4, -1))
    p = _hypergeometric_tail(a, trials_a + trials_b, a + b, trials_a)
    return np.asarray(p[where].reshape(counts.shape[1:]))


def benjamini_hochberg(p_values: ArrayLike) -> NDArray[np.float64]:
    """Adjust p-values for the false discovery rate.

    Rejecting where the result is at most q keeps the expected share of false rejections at most q
    for independent or positively dependent tests (Benjamini and Hochberg 1995, Journal of the
    Royal Statistical Society B 57(1)).

    Args:
        p_values: p-values of one family of tests, shape (n,); n may be 0.

    Returns:
        q-values, shape (n,), in the order of `p_values`.

    Raises:
        Problem: If a p-value is missing or outside 0 to 1, or if the shape is not (n,).
    """
    p = np.asarray(p_values, dtype=np.float64)
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all():
        raise Problem(
            "The p-values of a Benjamini-Hochberg family must be one dimension of numbers from "
            "0 to 1; drop missing tests before adjusting."
        )
    return adjust_families(p)


def adjust_families(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Adjust the p-values of many families at once, each as `benjamini_hochberg` does.

    Args:
        p_values: From 0 to 1, shape (..., n): a family of n tests along the last axis.
    """
    n = p_values.shape[-1]
    order = np.argsort(p_values, axis=-1)[..., ::-1]
    scaled = np.take_along_axis(p_values, order, -1) * (n / np.arange(n, 0, -1))
    adjusted = np.empty_like(p_values)
    least = np.minimum(np.minimum.accumulate(scaled, axis=-1), 1)
    np.put_along_axis(adjusted, order, least, -1)
    return adjusted


def _distinct(columns: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Return the distinct columns, and the number that each column has among them."""
    order = np.lexsort(columns)
    ordered = columns[:, order]
    begins = np.append(True, (np.diff(ordered) != 0).any(axis=0))[: order.size]
    numbers = np.empty(order.size, dtype=np.intp)
    numbers[order] = np.cumsum(begins) - 1
    return ordered[:, begins], numbers


def _hypergeometric_tail(
    least: NDArray[np.int64],
    population: NDArray[np.int64],
    successes: NDArray[np.int64],
    drawn: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return P(X >= least) of the successes X among those drawn without replacement."""
    arrays = np.broadcast_arrays(least, population, successes, drawn)
    k, total, marked, n = (array.astype(np.float64) for array in arrays)
    # Away from the middle the terms fall, so that a sum ends soon and nothing underflows to 0.
    upper = k * total > marked * n
    k = np.where(upper, k, k - 1)
    term = _hypergeometric_term(k, total, marked, n)
    tail, step = term.copy(), np.where(upper, 1.0, -1.0)
    while (term > tail * np.finfo(float).eps / 8).any():
        # From k to k + 1, or from k to k - 1.
        i = np.where(upper, k, k - 1)
        onwards = (marked - i) * (n - i)
        back = (i + 1) * (total - marked - n + i + 1)
        above, below = np.where(upper, onwards, back), np.where(upper, back, onwards)
        term = np.where((above > 0) & (below > 0), term * above / np.where(below > 0, below, 1), 0)
        tail, k = tail + term, k + step
    return np.clip(np.where(upper, tail, 1 - tail), 0, 1)


def _hypergeometric_term(
    k: NDArray[np.float64],
    total: NDArray[np.float64],
    marked: NDArray[np.float64],
    n: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return P(X = k), 0 where that is impossible."""
    possible = (k >= 0) & (k <= marked) & (k <= n) & (n - k <= total - marked)
    parts = ((marked, k, 1), (total - marked, n - k, 1), (total, n, -1))
    logs = [
        sign * _log_choices(np.where(possible, whole, 0), np.where(possible, part, 0))
        for whole, part, sign in parts
    ]
    return np.where(possible, np.exp(sum(logs)), 0.0)


def _log_choices(whole: NDArray[np.float64], part: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.special import betaln

    return np.asarray(-np.log1p(whole) - betaln(part + 1, whole - part + 1))


def _successes(
    successes: ArrayLike, trials: ArrayLike, name: str
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    k, n = _counts(successes, f"successes_{name}"), _counts(trials, f"n_{name}")
    if (k > n).any():
        raise Problem(f"successes_{name} exceed n_{name}; count the successes among the trials.")
    return k, n


def _counts(counts: ArrayLike, name: str) -> NDArray[np.int64]:
    array = np.asarray(counts)
    if array.dtype.kind not in "iuf" or not ((array >= 0) & (array % 1 == 0)).all():
        raise Problem(f"{name} must be whole numbers of 0 or more; pass counts, not rates.")
    return array.astype(np.int64)
