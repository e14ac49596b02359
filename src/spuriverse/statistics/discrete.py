"""False-discovery control where each test has few possible results, other ones each."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spuriverse.problems import Problem

HIGHEST = 0.1
"""The highest p-value that is ever rejected."""

_ROUNDING = 1e-12


def discrete_q_values(
    p_values: ArrayLike, attainable: Sequence[NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Adjust p-values for the false discovery rate, by what each could have been.

    A test of few pairs can only have few p-values: of a chance as rare as the observed one, many
    hypotheses are not capable at all, and Benjamini-Hochberg counts them all the same. Here a
    hypothesis counts with its own chance of a p-value of t or less, and only as long as it is not
    rejected itself: where R have one of at most t, the sum of F(t) / (1 - F(`HIGHEST`)) over the
    others, and once more of the greatest, bounds the number of false ones among the R. The
    smallest share of such a sum in R, over every t from its p-value up, is the q-value.

    If all tests are alike this is the adaptive procedure of Blanchard and Roquain (2009, Journal
    of Machine Learning Research 10), which holds its level where they are independent. To count a
    test by its own distribution is due to Doehler, Durand and Roquain (2018, Electronic Journal of
    Statistics 12(1)), whose procedures take the greatest chances of all in place of those that were
    not rejected. The rate holds exactly for a t that is fixed beforehand; for t as found it is
    simulated (docs/statistics.md).

    Args:
        p_values: Of independent tests, shape (n,); n may be 0.
        attainable: Of each test the p-values that it could have, rising; the chance of one of at
            most t is the largest of them up to t, and 0 where there is none.

    Returns:
        q-values, shape (n,), in the order of `p_values`.

    Raises:
        Problem: A p-value is missing or outside 0 to 1, or there are not as many lists.
    """
    p = np.asarray(p_values, dtype=np.float64)
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all() or len(attainable) != p.size:
        raise Problem(
            "Discrete tests need one p-value from 0 to 1 each, and as many lists of what it could"
            " have been."
        )
    limits = np.unique(p[p <= HIGHEST])
    if not limits.size:
        return np.ones_like(p)
    chances = _chances_up_to(np.append(limits, HIGHEST), attainable)
    chances = chances[:, :-1] / (1 - chances[:, -1:])
    rejected = p[:, None] <= limits + _ROUNDING
    false = np.where(rejected, 0, chances).sum(axis=0) + chances.max(axis=0)
    bounds = np.minimum(1, false / rejected.sum(axis=0))
    bounds = np.minimum.accumulate(bounds[::-1])[::-1]
    return np.append(bounds, 1.0)[np.searchsorted(limits, p)]


def _chances_up_to(
    limits: NDArray[np.float64], attainable: Sequence[NDArray[np.float64]]
) -> NDArray[np.float64]:
    """The chance of each test to have a p-value up to each limit, shape (n, limits)."""
    rows: dict[int, NDArray[np.float64]] = {}
    for values in attainable:
        # Many tests of few pairs share a list.
        if id(values) not in rows:
            places = np.searchsorted(values, limits + _ROUNDING, side="right")
            rows[id(values)] = np.append(0.0, values)[places]
    return np.stack([rows[id(values)] for values in attainable])
