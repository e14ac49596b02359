"""Which of many paired differences is above 0, tested together by turning units over."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spuriverse.problems import Problem

MOST_EXACT = 13
"""Units up to which every way of turning them over is tried."""

_ROUNDING = 1e-9


def largest_flipped(
    differences: ArrayLike, *, seed: int = 0, resamples: int = 9_999
) -> NDArray[np.float64]:
    """Test several differences of the same paired units, so that any false finding is unlikely.

    If the two sides of a unit are alike, turning it over changes the sign of all of its differences
    and nothing else (Fisher's randomisation test). Each total is compared with the largest of all
    totals under the same turns (Westfall and Young 1993, Resampling-Based Multiple Testing), which
    adjusts for the choice among them however they depend.

    Args:
        differences: One row per unit, one column per question, shape (n, m): what the first side
            gives more than the second. Units are independent.
        seed: Of the turns, where there are too many to try all.
        resamples: Turns that are drawn then; the observed one counts as a further one, so that the
            p-values are valid and at least 1 / (resamples + 1).

    Returns:
        One-sided adjusted p-values, shape (m,); 1 where a total is not above 0.

    Raises:
        Problem: Differences are missing, or the shape is not (n, m).
    """
    table = np.asarray(differences, dtype=np.float64)
    if table.ndim != 2 or not np.isfinite(table).all():
        raise Problem(
            "A test of several differences needs a table of finite numbers, one row per unit;"
            " drop missing units before testing."
        )
    units, questions = table.shape
    if questions == 0 or units == 0:
        return np.ones(questions)
    totals = table.sum(axis=0)
    if units <= MOST_EXACT:
        bits = np.arange(2**units)[:, None] >> np.arange(units) & 1
        largest = ((1.0 - 2.0 * bits) @ table).max(axis=1)
    else:
        rng = np.random.default_rng([seed, 23])
        turns = rng.choice([-1.0, 1.0], size=(resamples, units))
        largest = np.append((turns @ table).max(axis=1), totals.max())
    p = (largest[:, None] >= totals - _ROUNDING).mean(axis=0)
    return np.where(totals > _ROUNDING, p, 1.0)
