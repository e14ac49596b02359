"""A curve of models between robustness and loss: its front, and where to work on it."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def operating_point(robustness: ArrayLike, loss: ArrayLike, level: float) -> int | None:
    """Return the place of the point with the least loss among those that reach a level.

    Args:
        robustness: Of the points, shape (n,).
        loss: Of the same points.
        level: The robustness asked for.

    Returns:
        The place; of points that lose alike the first. None if no point reaches the level.
    """
    r, values = np.asarray(robustness, dtype=float), np.asarray(loss, dtype=float)
    reaching = np.flatnonzero(r >= level)
    return int(reaching[values[reaching].argmin()]) if len(reaching) else None


def most_robust_point(robustness: ArrayLike, loss: ArrayLike, most: float) -> int:
    """Return the place of the most robust point among those that lose no more than `most`.

    Args:
        robustness: Of the points, shape (n,).
        loss: Of the same points; at least one is no more than `most`.
        most: The loss allowed.

    Returns:
        The place; of points that are equally robust the one that loses least.
    """
    r, values = np.asarray(robustness, dtype=float), np.asarray(loss, dtype=float)
    allowed = np.flatnonzero(values <= most)
    return int(allowed[np.lexsort((values[allowed], -r[allowed]))[0]])


def pareto_front(robustness: ArrayLike, loss: ArrayLike) -> NDArray[np.bool_]:
    """Return for every point whether none is at least as robust at less loss, or vice versa.

    Args:
        robustness: Shape (n,).
        loss: Shape (n,).
    """
    r, values = np.asarray(robustness, dtype=float), np.asarray(loss, dtype=float)
    no_worse = (r[None] >= r[:, None]) & (values[None] <= values[:, None])
    better = (r[None] > r[:, None]) | (values[None] < values[:, None])
    dominated: NDArray[np.bool_] = np.any(no_worse & better, axis=1)
    return ~dominated
