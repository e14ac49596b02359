"""A curve of models between robustness and loss, read off and summed up."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

_STEPS = 50


def loss_at(robustness: ArrayLike, loss: ArrayLike, target: float) -> float:
    """Return the loss where a curve first reaches a robustness, between its points linearly.

    Args:
        robustness: Of the curve's points in their order, shape (n,).
        loss: Of the same points.
        target: The robustness asked for.

    Returns:
        The loss, or NaN if the curve does not reach the target or begins beyond it.
    """
    r, values = np.asarray(robustness, dtype=float), np.asarray(loss, dtype=float)
    for here in range(len(r) - 1):
        if r[here] <= target <= r[here + 1]:
            rise = r[here + 1] - r[here]
            share = (target - r[here]) / rise if rise else 0.0
            return float(values[here] + share * (values[here + 1] - values[here]))
    return float("nan")


def hypervolume(robustness: ArrayLike, loss: ArrayLike) -> float:
    """Return the area that a curve dominates between robustness 0 and 1 and quality 0 and 1.

    Quality is 1 - loss. A point dominates what is neither more robust nor better (Zitzler and
    Thiele 1998); between the points the curve is linear.

    Args:
        robustness: Of the curve's points in their order, shape (n,), from 0 to 1.
        loss: Of the same points; below 0 counts as above 1 in quality.

    Returns:
        The area; 1 for a curve that reaches robustness 1 without loss.
    """
    r = _between(np.asarray(robustness, dtype=float))
    quality = np.clip(1 - _between(np.asarray(loss, dtype=float)), 0, None)
    order = np.argsort(-r, kind="stable")
    best = np.maximum.accumulate(quality[order])
    widths = r[order] - np.append(r[order][1:], 0.0)
    return float((widths * best).sum())


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


def _between(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The points with as many more on the straight lines between them."""
    places = np.arange(len(values))
    return np.interp(
        np.linspace(0, len(values) - 1, _STEPS * (len(values) - 1) + 1), places, values
    )
