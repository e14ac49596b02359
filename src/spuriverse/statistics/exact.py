"""Exact one-sided tests for counts, and their correction for multiplicity."""

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
    from scipy.stats import hypergeom

    a, trials_a = _successes(successes_a, n_a, "a")
    b, trials_b = _successes(successes_b, n_b, "b")
    # scipy has no hypergeometric distribution of an empty population; its tail at 0 is 1.
    population = np.maximum(trials_a + trials_b, 1)
    return np.asarray(hypergeom.sf(a - 1, population, a + b, trials_a), dtype=np.float64)


def mcnemar_one_sided(b: ArrayLike, c: ArrayLike) -> NDArray[np.float64]:
    """Test on paired trials whether discordance b is the likelier one: McNemar, exact, one-sided.

    Given b + c discordant pairs, the p-value is P(X >= b) for X binomial with probability 1/2
    (McNemar 1947, Psychometrika 12(2), in its exact form).

    Args:
        b: Numbers of pairs where only the first succeeds, any shape; broadcast with `c`.
        c: Numbers of pairs where only the second succeeds.

    Returns:
        p-values in the broadcast shape, () for two scalars; 1 where no pair is discordant.

    Raises:
        Problem: If a count is negative or not whole.
    """
    from scipy.stats import binom

    only_first, only_second = _counts(b, "b"), _counts(c, "c")
    return np.asarray(binom.sf(only_first - 1, only_first + only_second, 0.5), dtype=np.float64)


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
    from scipy.stats import false_discovery_control

    p = np.asarray(p_values, dtype=np.float64)
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all():
        raise Problem(
            "The p-values of a Benjamini-Hochberg family must be one dimension of numbers from "
            "0 to 1; drop missing tests before adjusting."
        )
    return p if p.size == 0 else np.asarray(false_discovery_control(p), dtype=np.float64)


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
