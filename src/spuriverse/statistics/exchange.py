"""How large a gap chance makes on minimal pairs, if nothing but chance tells their images apart."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spuriverse.problems import Problem

_MOST_WAYS = 1024
"""Ways of exchanging that are counted one by one; of more, as many are drawn."""

# Gaps that are equal in theory differ by rounding.
_DIGITS = 9


@dataclass(frozen=True)
class Chances:
    """What the largest gap over some models can be if pairs are exchanged at random.

    Attributes:
        gaps: Its values, the largest first.
        chances: Of each, the probability of it or a larger one.
    """

    gaps: NDArray[np.float64]
    chances: NDArray[np.float64]

    def of(self, gaps: ArrayLike) -> NDArray[np.float64]:
        """Return the probability that the largest gap is at least as large, 1 for a missing one."""
        places = np.searchsorted(-self.gaps, -np.asarray(gaps, float) + _rounding(), side="right")
        found = np.concatenate([[0.0], self.chances])[places]
        return np.asarray(np.where(np.isnan(gaps), 1.0, found))

    def beyond(self, threshold: float) -> NDArray[np.float64]:
        """Return the p-values, rising, that a largest gap beyond the threshold can have."""
        return self.chances[self.gaps > threshold + _rounding()]


def exchange_pairs(differences: ArrayLike, answered: ArrayLike) -> list[Chances]:
    """Exchange the two images of pairs at random, for all models at once.

    If what tells the images apart does nothing, each pair is as likely one way round as the other,
    whatever makes images hard and however models agree (Fisher's randomisation test). The largest
    gap over models takes the place of the single one, so that asking more models costs no more
    than they differ (Westfall and Young 1993, Resampling-Based Multiple Testing, ch. 2).

    Args:
        differences: Whether a model answers the first image of a pair rightly, less whether it does
            the second: -1, 0 or 1, shape (C, M, N) for C candidates, M models and N pairs; 0 where
            an answer is missing.
        answered: Pairs of which a model answered both images, shape (C, M).

    Returns:
        For each candidate every largest gap, exactly; where pairs can lie in more than one
        thousand ways, by as many draws, which are always the same and count the observed one too.

    Raises:
        Problem: A difference is no whole number from -1 to 1.
    """
    array = np.asarray(differences)
    if array.ndim != 3 or (np.abs(array) > 1).any() or (array % 1 != 0).any():
        raise Problem(
            "Pairs are exchanged by their differences in right answers, which are -1, 0 or 1, for"
            " every candidate, model and pair."
        )
    # The order of the models and of the pairs does not matter.
    order = np.argsort((array != 0).sum(axis=2), axis=1, kind="stable")
    ordered = np.take_along_axis(array, order[..., None], axis=1).astype(np.int64)
    known = np.take_along_axis(np.asarray(answered), order, axis=1).tolist()
    # In base 3 a pair the other way round has the opposite number, and the same chances.
    kinds = np.abs(np.einsum("cmn,m->cn", ordered, 3 ** np.arange(array.shape[1])))
    kinds.sort(axis=1)
    return [_chances(row.tobytes(), tuple(n)) for row, n in zip(kinds, known, strict=True)]


@lru_cache(maxsize=65536)
def _chances(kinds: bytes, answered: tuple[int, ...]) -> Chances:
    found, counts = np.unique(np.frombuffer(kinds, np.int64), return_counts=True)
    vectors = [_digits(int(kind), len(answered)) for kind in found if kind]
    numbers = [int(n) for kind, n in zip(found, counts, strict=True) if kind]
    if math.prod(n + 1 for n in numbers) <= _MOST_WAYS:
        leads, weights = _every_way(vectors, numbers, len(answered))
        observed = 0.0
    else:
        leads, weights = _drawn_ways(vectors, numbers)
        observed = 1.0
    largest = np.round((leads / np.maximum(1, answered)).max(axis=1, initial=-1), _DIGITS)
    order = np.argsort(-largest)
    falls = np.flatnonzero(np.append(np.diff(largest[order]) != 0, True))
    sums = np.cumsum(weights[order])
    return Chances(largest[order][falls], (sums[falls] + observed) / (sums[-1] + observed))


@lru_cache(maxsize=4096)
def _digits(kind: int, models: int) -> NDArray[np.float64]:
    """The differences of a pair of this kind, shape (M,)."""
    digits = []
    for _ in range(models):
        digit = (kind + 1) % 3 - 1
        digits.append(digit)
        kind = (kind - digit) // 3
    return np.array(digits, float)


def _every_way(
    vectors: list[NDArray[np.float64]], numbers: list[int], models: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How far each model leads in every way in which pairs can lie, and the ways' weights."""
    leads, weights = np.zeros((1, models)), np.ones(1)
    for vector, number in zip(vectors, numbers, strict=True):
        steps = (2 * np.arange(number + 1) - number)[:, None] * vector
        ways = _shares(number)
        leads = (leads[:, None] + steps).reshape(-1, models)
        weights = (weights[:, None] * ways).ravel()
    return leads, weights


@lru_cache(maxsize=4096)
def _shares(number: int) -> NDArray[np.float64]:
    """The chance that 0 to all of so many pairs lie one way round."""
    return np.array([math.comb(number, heads) for heads in range(number + 1)]) / 2**number


def _drawn_ways(
    vectors: list[NDArray[np.float64]], numbers: list[int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    ends = np.cumsum([0, *numbers])
    leads = np.diff(_drawn_sums(int(ends[-1]))[:, ends], axis=1)
    return leads @ np.stack(vectors), np.ones(_MOST_WAYS)


@lru_cache(maxsize=256)
def _drawn_sums(pairs: int) -> NDArray[np.float64]:
    """How far one way round leads after so many pairs, in each draw, shape (draws, pairs + 1)."""
    signs = np.random.default_rng(0).choice((-1.0, 1.0), (_MOST_WAYS, pairs))
    return np.concatenate([np.zeros((_MOST_WAYS, 1)), signs.cumsum(axis=1)], axis=1)


def _rounding() -> float:
    return float(0.1**_DIGITS)
