"""False-discovery control over candidates, each of which several models may confirm."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spuriverse.statistics import Chances, adjust_families, discrete_q_values, exchange_pairs

Floats = NDArray[np.float64]
Marks = NDArray[np.bool_]

_NOTHING: Floats = np.empty(0)


def confirm(
    p_values: Floats, gaps: Floats, *, threshold: float, false_discovery_rate: float
) -> tuple[Floats, Marks]:
    """Decide which models confirm which candidates, with independent groups of images.

    What may be false is a candidate, so candidates are the family. A candidate's p-value is M times
    its least one, at most 1 (Bonferroni over its M models); a gap that does not exceed the
    threshold is no evidence and counts as p = 1. Benjamini-Hochberg runs over candidates.

    Args:
        p_values: Of each candidate and model, shape (..., C, M), a family for each of the other
            axes.
        gaps: Of the same shape; missing where there is none.
        threshold: Least gap that counts.
        false_discovery_rate: Level over candidates.

    Returns:
        q-values, shape (..., C), and whether a model confirms a candidate, (..., C, M): its gap
        exceeds the threshold, and alone would reject. A candidate whose q-value is at most the
        level is confirmed by at least one model.
    """
    adjusted = np.minimum(1, p_values.shape[-1] * np.where(gaps > threshold, p_values, 1.0))
    least = adjusted.min(axis=-1, initial=1.0)
    q = adjust_families(least)
    return q, (gaps > threshold) & _as_rare(adjusted, least, q <= false_discovery_rate)


def confirm_pairs(
    differences: NDArray[np.int8],
    answered: NDArray[np.int64],
    *,
    threshold: float,
    false_discovery_rate: float,
) -> tuple[Floats, Marks]:
    """Decide which models confirm which candidates, with minimal pairs.

    A gap's p-value is the chance of as large a gap of any model of the candidate if its pairs are
    exchanged at random (`exchange_pairs`); one that does not exceed the threshold is no evidence.
    Candidates are the family again. Most have too few discordant pairs to show by chance what a
    true one shows, so each counts with its own chances (`discrete_q_values`).

    Args:
        differences: Right answers to the core less to the spurious image of each pair, shape
            (C, M, N); 0 where an answer is missing.
        answered: Pairs with both answers, shape (C, M).
        threshold: As in `confirm`.
        false_discovery_rate: As in `confirm`.

    Returns:
        As in `confirm`, of one family.
    """
    gaps = gaps_of_pairs(differences, answered)
    # However their pairs lie, the others have no gap that counts; their chances are 0.
    able = (gaps_of_pairs(np.abs(differences), answered) > threshold).any(axis=1)
    p, q = np.ones(gaps.shape), np.ones(len(gaps))
    if able.any():
        shown = gaps[able]
        found, attainable = np.ones(shown.shape), [_NOTHING] * len(shown)
        for chances, places in _alike(exchange_pairs(differences[able], answered[able])):
            found[places] = chances.of(shown[places])
            beyond = chances.beyond(threshold)
            for place in places:
                attainable[place] = beyond
        p[able] = np.where(shown > threshold, found, 1.0)
        q[able] = discrete_q_values(p[able].min(axis=1), attainable)
    rejected = q <= false_discovery_rate
    return q, (gaps > threshold) & _as_rare(p, p.min(axis=1, initial=1.0), rejected)


def _alike(chances: Sequence[Chances]) -> list[tuple[Chances, list[int]]]:
    """The places of each of the chances: candidates of few discordant pairs have many in common."""
    places: dict[int, list[int]] = {}
    for place, each in enumerate(chances):
        places.setdefault(id(each), []).append(place)
    return [(chances[those[0]], those) for those in places.values()]


def gaps_of_pairs(differences: NDArray[np.int8], answered: NDArray[np.int64]) -> Floats:
    """Return the gap of each candidate and model, missing where no pair is answered."""
    return np.where(answered > 0, differences.sum(axis=2) / np.maximum(1, answered), np.nan)


def _as_rare(p_values: Floats, least: Floats, rejected: Marks) -> Marks:
    """Which p-values are at most the highest that decides for a candidate of their family."""
    limit = np.where(rejected, least, -1.0).max(axis=-1, initial=-1.0)
    return np.asarray(p_values <= limit[..., None, None])
