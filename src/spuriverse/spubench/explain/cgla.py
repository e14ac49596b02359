"""CGLA: does stating the core attribute help the label more than stating the spurious one?"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spuriverse.problems import Problem
from spuriverse.statistics import finite_values

SIGNATURES: Mapping[tuple[bool, bool], str] = MappingProxyType(
    {
        (True, True): "right and core-led",
        (True, False): "right and spurious-led",
        (False, True): "wrong and core-led",
        (False, False): "wrong and spurious-led",
    }
)
"""(accuracy is high, CGLA is high) -> the failure signature. The names are ours."""


def likelihood_advantage(
    core: ArrayLike, spurious: ArrayLike, tokens: ArrayLike | None = None
) -> NDArray[np.float64]:
    """Return the conditional generation likelihood advantage of every sample.

    Ours is `CGLA = log p(label | image, core attribute) - log p(label | image, spurious
    attribute)`, both summed over the label's tokens: the true class under a prompt that states the
    core attribute and under one that states the spurious attribute. Positive means that the model
    prefers the core attribute, negative that the spurious one makes the true class likelier.

    The measure is that of MM-SpuBench (arXiv 2406.17126), whose sources contradict each other on
    which of the two is subtracted; compare a number from elsewhere only after its sign is settled.

    Args:
        core: Log-likelihoods of the label under the core prompt, natural log, shape (n,).
        spurious: The same under the spurious prompt.
        tokens: Number of the label's tokens, for the advantage per token; None for the raw sum.

    Returns:
        Shape (n,), in natural-log units (per token, if asked for).

    Raises:
        Problem: Values are missing or the lengths differ, or a label has no token.
    """
    first, second = finite_values(core, "core"), finite_values(spurious, "spurious")
    counts = np.ones_like(first) if tokens is None else finite_values(tokens, "tokens")
    if not first.size == second.size == counts.size:
        raise Problem(
            f"CGLA compares pairs, but got {first.size} core and {second.size} spurious values"
            f" and {counts.size} token counts; pass one of each per sample."
        )
    if (counts < 1).any():
        raise Problem("A label without tokens has no CGLA; leave its sample out or rename it.")
    return (first - second) / counts


def signature(
    accuracy: float, advantage: float, accuracy_threshold: float = 0.5, cgla_threshold: float = 0.0
) -> str:
    """Return the failure signature of a model: one of `SIGNATURES`.

    Args:
        accuracy: From 0 to 1.
        advantage: CGLA.
        accuracy_threshold: Accuracy is high from here on.
        cgla_threshold: CGLA is high above this.
    """
    return SIGNATURES[accuracy >= accuracy_threshold, advantage > cgla_threshold]
