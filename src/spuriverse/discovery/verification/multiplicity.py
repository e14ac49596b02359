"""False-discovery control over candidates, each of which several models may confirm."""

import numpy as np
from numpy.typing import NDArray

from spuriverse.statistics import adjust_families

SYMMETRIC_FROM = 200
"""Candidates from which on minimal pairs are judged by the symmetry of chance.

That procedure keeps none or at least 1 / false_discovery_rate candidates (20 at .05): with fewer
than 200 it would miss everything where one candidate in ten is true.
"""
_ROUNDING = 1e-9


def confirm(
    p_values: NDArray[np.float64] | None,
    gaps: NDArray[np.float64],
    *,
    threshold: float,
    false_discovery_rate: float,
    paired: bool = False,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Decide which models confirm which candidates.

    What may be false is a candidate, so candidates are the family. A candidate's p-value is M times
    its least one, at most 1 (Bonferroni over its M models); a gap that does not exceed the
    threshold is no evidence and counts as p = 1. Benjamini-Hochberg runs over candidates.

    `SYMMETRIC_FROM` and more candidates with minimal pairs are decided by `_by_symmetry`: of ten
    pairs a test can hardly say enough for one true candidate among ten, while as many candidates
    show themselves how often chance makes a gap.

    Args:
        p_values: Of each candidate and model, shape (..., C, M), a family for each of the other
            axes; may be None where `needs_p_values` does not ask for them.
        gaps: Of the same shape; missing where there is none.
        threshold: Least gap that counts.
        false_discovery_rate: Level over candidates.
        paired: Whether gaps are of minimal pairs, the same pairs for all models of a candidate.

    Returns:
        q-values, shape (..., C), and whether a model confirms a candidate, (..., C, M): its gap
        exceeds the threshold, and alone would reject. A candidate whose q-value is at most the
        level is confirmed by at least one model.
    """
    if p_values is None or not needs_p_values(gaps.shape[-2], paired):
        return _by_symmetry(gaps, threshold, false_discovery_rate)
    adjusted = np.minimum(1, p_values.shape[-1] * np.where(gaps > threshold, p_values, 1.0))
    least = adjusted.min(axis=-1, initial=1.0)
    q = adjust_families(least)
    rejected = q <= false_discovery_rate
    limit = np.where(rejected, least, -1.0).max(axis=-1, initial=-1.0)
    return q, (gaps > threshold) & (adjusted <= limit[..., None, None])


def needs_p_values(candidates: int, paired: bool) -> bool:
    """Whether `confirm` looks at p-values of so many candidates; exact ones take their time."""
    return not (paired and candidates >= SYMMETRIC_FROM)


def _by_symmetry(
    gaps: NDArray[np.float64], threshold: float, false_discovery_rate: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Count how often chance makes a gap by how often it makes the opposite of one.

    If an attribute does nothing, the two images of a pair can be exchanged, for all models at once.
    The largest gap of a candidate, signed by whether it or the largest opposite one is larger, is
    then as likely w as -w. So (1 + candidates of -w and below) / candidates of w and above bounds
    the share of false ones among the latter, and the least w beyond the threshold where it is at
    most the level holds that level, however hard the images are (Barber and Candes 2015, Annals of
    Statistics 43(5); Arias-Castro and Chen 2017, Electronic Journal of Statistics 11(1)). It needs
    candidates whose images are drawn independently.
    """
    known = np.nan_to_num(gaps)
    ahead, behind = known.max(axis=-1), (-known).max(axis=-1)
    signed = np.where(ahead > behind, ahead, np.where(behind > ahead, -behind, 0.0))
    signed = np.round(signed / _ROUNDING) * _ROUNDING
    # Limits at which another family alone has a candidate bound no less than the next one above.
    places = np.unique(signed[signed > threshold + _ROUNDING])
    above = (signed[..., None, :] >= places[:, None]).sum(axis=-1)
    below = (signed[..., None, :] <= -places[:, None]).sum(axis=-1)
    # A candidate's q-value is the least bound among the limits that it passes.
    bounds = np.minimum.accumulate(np.minimum(1, (1 + below) / np.maximum(1, above)), axis=-1)
    bounds = np.concatenate([np.ones((*bounds.shape[:-1], 1)), bounds], axis=-1)
    passed = np.searchsorted(places, signed, side="right")
    q = np.take_along_axis(bounds, passed, -1)
    rejected = q <= false_discovery_rate
    limit = np.where(rejected, signed, np.inf).min(axis=-1, initial=np.inf)
    sure = (known > threshold) & (known >= limit[..., None, None] - _ROUNDING)
    return q, rejected[..., None] & sure
