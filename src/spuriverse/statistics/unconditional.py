"""Exact inference on a difference of two proportions, of independent or of paired trials.

The intervals invert two one-sided exact unconditional tests: at every difference the probability of
a result at least as extreme is maximised over the nuisance parameter, and results are ordered by
the score statistic (Chan and Zhang 1999, Biometrics 55(4), for independent trials; Tango's
statistic, 1998, Statistics in Medicine 17(8), for paired ones). No large-sample approximation
enters; the maximum is taken over a grid.
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from spuriverse.problems import Problem

Array = NDArray[np.float64]
Interval = tuple[float, float]

UNKNOWN: Interval = (float("nan"), float("nan"))
"""The interval of a difference that was not measured."""

_GRID = 101
"""Values of the nuisance parameter that are tried."""

_HALVINGS = 13
"""Of the range of differences: a limit is known to 2 / 2^13, and is rounded outwards."""

# Statistics that are equal in theory differ by rounding.
_ROUNDING = 1e-9


def exact_difference(
    successes_a: int, n_a: int, successes_b: int, n_b: int, level: float = 0.95
) -> Interval:
    """Return the exact interval for the difference of two independent proportions, a - b.

    Args:
        successes_a: Number of successes of a.
        n_a: Number of trials of a.
        successes_b: Number of successes of b.
        n_b: Number of trials of b.
        level: Least coverage, between 0 and 1, half of the rest on either side.

    Returns:
        Lower and upper limit, from -1 to 1; both missing if a or b has no trials.

    Raises:
        Problem: Successes exceed trials, a count is negative, or `level` is out of range.
    """
    if not (0 <= successes_a <= n_a and 0 <= successes_b <= n_b):
        raise Problem(
            f"An interval got {successes_a} successes of {n_a} and {successes_b} of {n_b}; count"
            " the successes among the trials."
        )
    _check_level(level)
    if n_a == 0 or n_b == 0:
        return UNKNOWN
    alpha = (1 - level) / 2
    return (
        _independent_lower(successes_a, n_a, successes_b, n_b, alpha),
        -_independent_lower(successes_b, n_b, successes_a, n_a, alpha),
    )


def exact_paired_difference(
    only_first: int, only_second: int, n: int, level: float = 0.95
) -> Interval:
    """Return the exact interval for the difference of two proportions of the same trials.

    Args:
        only_first: Number of pairs in which only the first succeeds.
        only_second: Number of pairs in which only the second succeeds.
        n: Number of pairs.
        level: Least coverage, between 0 and 1, half of the rest on either side.

    Returns:
        Lower and upper limit of P(first) - P(second), from -1 to 1; both missing without pairs.

    Raises:
        Problem: There are more discordant pairs than pairs, a count is negative, or `level` is out
            of range.
    """
    if min(only_first, only_second) < 0 or only_first + only_second > n:
        raise Problem(
            f"A paired interval got {only_first} and {only_second} discordant pairs of {n}; count"
            " them among the pairs."
        )
    _check_level(level)
    if n == 0:
        return UNKNOWN
    alpha = (1 - level) / 2
    return (
        _paired_lower(only_first, only_second, n, alpha),
        -_paired_lower(only_second, only_first, n, alpha),
    )


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise Problem(f"An interval got level={level}; choose one between 0 and 1.")


@lru_cache(maxsize=4096)
def _independent_lower(a: int, n_a: int, b: int, n_b: int, alpha: float) -> float:
    return _lower_limit(lambda difference: _independent_tail(a, n_a, b, n_b, difference), alpha)


@lru_cache(maxsize=4096)
def _paired_lower(b: int, c: int, n: int, alpha: float) -> float:
    return _lower_limit(lambda difference: _paired_tail(b, c, n, difference), alpha)


def _lower_limit(tail: Callable[[float], float], alpha: float) -> float:
    """Return the difference below which a result this large has a probability below alpha."""
    low, high = -1.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if tail(middle) > alpha else (middle, high)
    return low


def _independent_tail(a: int, n_a: int, b: int, n_b: int, difference: float) -> float:
    """Return the highest P(statistic >= observed) at a difference of independent proportions."""
    ks_a, ks_b = np.arange(n_a + 1.0), np.arange(n_b + 1.0)
    scores = _independent_scores(ks_a[:, None], n_a, ks_b[None, :], n_b, difference)
    extreme = scores >= scores[a, b] - _ROUNDING
    p_b = np.linspace(max(0.0, -difference), min(1.0, 1 - difference), _GRID)
    p_a = np.clip(p_b + difference, 0, 1)
    tails = (_binomial(ks_a, n_a, p_a) @ extreme) * _binomial(ks_b, n_b, p_b)
    return float(tails.sum(axis=1).max())


def _paired_tail(b: int, c: int, n: int, difference: float) -> float:
    """Return the highest P(statistic >= observed) at a difference of paired proportions.

    The pairs in which only the second succeeds are binomial; among the others, so are those in
    which only the first does.
    """
    ks = np.arange(n + 1.0)
    only_first, only_second = np.meshgrid(ks, ks, indexing="ij")
    scores = _paired_scores(only_first, only_second, n, difference)
    extreme = (scores >= scores[b, c] - _ROUNDING) & (only_first + only_second <= n)
    p_c = np.linspace(max(0.0, -difference), (1 - difference) / 2, _GRID)
    rest = np.maximum(1 - p_c, np.finfo(float).tiny)
    share = np.clip((p_c + difference) / rest, 0, 1)
    # Powers are most of the work, and all columns of results need the same ones.
    successes, failures = share[:, None] ** ks, (1 - share)[:, None] ** ks
    chance_c = _binomial(ks, n, np.clip(p_c, 0, 1))
    tails = np.zeros(_GRID)
    for second in np.flatnonzero(extreme.any(axis=0)):
        most = n - second
        given = _ways(most) * successes[:, : most + 1] * failures[:, most::-1]
        tails += chance_c[:, second] * (given @ extreme[: most + 1, second])
    return float(tails.max())


def _binomial(ks: Array, n: int, p: Array) -> Array:
    """Return the probabilities of ks, which are 0 to n, successes in n trials, shape (p, ks)."""
    return np.asarray(_ways(n) * p[:, None] ** ks * (1 - p[:, None]) ** (n - ks))


@lru_cache(maxsize=4096)
def _ways(n: int) -> Array:
    """In how many ways 0 to n of n trials succeed."""
    from scipy.special import comb

    return np.asarray(comb(n, np.arange(n + 1.0)))


def _independent_scores(a: Array, n_a: int, b: Array, n_b: int, difference: float) -> Array:
    """The score statistic, with the restricted estimate in the closed form of Farrington, Manning.

    See Farrington and Manning 1990, Statistics in Medicine 9(12), appendix.
    """
    ratio = n_b / n_a
    third = 1 + ratio
    share_a, share_b = a / n_a, b / n_b
    second = -(1 + ratio + share_a + ratio * share_b + difference * (ratio + 2))
    first = difference**2 + difference * (2 * share_a + ratio + 1) + share_a + ratio * share_b
    constant = -share_a * difference * (1 + difference)
    v = (second / (3 * third)) ** 3 - second * first / (6 * third**2) + constant / (2 * third)
    root = np.sqrt(np.maximum((second / (3 * third)) ** 2 - first / (3 * third), 0))
    u = np.where(v < 0, -root, root)
    with np.errstate(all="ignore"):
        angle = np.arccos(np.clip(np.where(u == 0, 0.0, v / u**3), -1, 1))
    p_a = 2 * u * np.cos((np.pi + angle) / 3) - second / (3 * third)
    p_a = np.clip(p_a, max(0.0, difference), min(1.0, 1 + difference))
    p_b = np.clip(p_a - difference, 0, 1)
    variance = p_a * (1 - p_a) / n_a + p_b * (1 - p_b) / n_b
    return _scaled(share_a - share_b - difference, variance)


def _paired_scores(b: Array, c: Array, n: int, difference: float) -> Array:
    """Tango's score statistic of b and c discordant pairs among n."""
    quadratic = 2.0 * n
    linear = -b - c + (2 * n - b + c) * difference
    constant = -c * difference * (1 - difference)
    root = np.sqrt(np.maximum(linear**2 - 4 * quadratic * constant, 0))
    restricted = (root - linear) / (2 * quadratic)
    variance = n * (2 * restricted + difference * (1 - difference))
    return _scaled((b - c) / n - difference, variance / n**2)


def _scaled(excess: Array, variance: Array) -> Array:
    """Divide by the standard error; without variance any excess is infinite."""
    excess = np.where(np.abs(excess) < _ROUNDING, 0.0, excess)
    with np.errstate(all="ignore"):
        score = excess / np.sqrt(variance)
    certain = np.where(excess == 0, 0.0, np.copysign(np.inf, excess))
    return np.where(variance > _ROUNDING**2, score, certain)
