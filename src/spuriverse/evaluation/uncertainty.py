"""How unsure answers are."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray


def option_entropies(scores: Iterable[Sequence[float]]) -> NDArray[np.float64]:
    """Return how evenly every answer's probability lies on the options of its question.

    Args:
        scores: Of every answer the log-likelihoods of its options, as `responses` tables have them;
            nothing where there are none.

    Returns:
        The entropy divided by that of even odds: 0 for a sure answer, 1 for even odds, and for an
        answer without scores.
    """
    found = []
    for row in scores:
        if len(row) < 2:
            found.append(1.0)
            continue
        shares = np.exp(np.asarray(row, float) - max(row))
        shares /= shares.sum()
        found.append(float(-(shares * np.log(shares + 1e-300)).sum() / np.log(len(row))))
    return np.array(found)
