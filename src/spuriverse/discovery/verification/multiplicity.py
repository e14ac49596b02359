"""False-discovery control over candidates, each of which several models may confirm."""

import numpy as np
from numpy.typing import NDArray

from spuriverse.statistics import benjamini_hochberg


def confirm(
    p_values: NDArray[np.float64],
    gaps: NDArray[np.float64],
    *,
    threshold: float,
    false_discovery_rate: float,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Decide which models confirm which candidates.

    What may be false is a candidate, so candidates are the family. A candidate's p-value is M times
    its least one, at most 1 (Bonferroni over its M models); a gap that does not exceed the
    threshold is no evidence and counts as p = 1. Benjamini-Hochberg runs over candidates.

    Args:
        p_values: Of each candidate and model, shape (C, M).
        gaps: Shape (C, M); missing where there is none.
        threshold: Least gap that counts.
        false_discovery_rate: Level over candidates.

    Returns:
        q-values, shape (C,), and whether a model confirms a candidate, shape (C, M): its gap
        exceeds the threshold and its own p-value is among those that reject. A candidate whose
        q-value is at most the level is confirmed by at least one model.
    """
    adjusted = np.minimum(1, p_values.shape[1] * np.where(gaps > threshold, p_values, 1.0))
    least = adjusted.min(axis=1) if adjusted.size else np.ones(len(adjusted))
    q = benjamini_hochberg(least)
    rejected = q <= false_discovery_rate
    limit = least[rejected].max() if rejected.any() else -1.0
    return q, (gaps > threshold) & (adjusted <= limit)
