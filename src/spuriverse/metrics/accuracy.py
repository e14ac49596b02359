"""Accuracy overall, between settings, over subgroups, and agreement between shuffles."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spuriverse.problems import Problem
from spuriverse.statistics import Estimate, cluster_bootstrap, cluster_bootstrap_difference
from spuriverse.statistics.bootstrap import finite_values, label_codes


def accuracy(
    correct: ArrayLike, *clusterings: ArrayLike, seed: int, resamples: int = 2000
) -> Estimate:
    """Estimate the share of correct answers with its 95% cluster bootstrap interval.

    Args:
        correct: Whether each answer is correct, booleans or 0 and 1, shape (n,).
        clusterings: Labels of what the answers share, such as their type and their training seed,
            each of shape (n,). Without any, the answers count as independent.
        seed: Seed of the resampling.
        resamples: Number of bootstrap resamples.

    Returns:
        The number of answers, the accuracy and its interval, from 0 to 1.

    Raises:
        Problem: As in `spuriverse.statistics.cluster_bootstrap`.
    """
    return cluster_bootstrap(correct, *clusterings, seed=seed, resamples=resamples)


def gap(
    core_correct: ArrayLike, spurious_correct: ArrayLike, *clusterings: ArrayLike, seed: int
) -> Estimate:
    """Estimate the paired gap accuracy(core) - accuracy(spurious) with its 95% interval.

    Args:
        core_correct: Whether each core answer is correct, shape (n,).
        spurious_correct: Whether the spurious answer of the same pair is correct, shape (n,).
        clusterings: Labels of what the pairs share, each of shape (n,). Without any, the pairs
            count as independent.
        seed: Seed of the resampling.

    Returns:
        The number of pairs, the gap and its interval, from -1 to 1.

    Raises:
        Problem: As in `spuriverse.statistics.cluster_bootstrap_difference`.
    """
    return cluster_bootstrap_difference(core_correct, spurious_correct, *clusterings, seed=seed)


def worst_group(correct: ArrayLike, groups: ArrayLike) -> tuple[str, float]:
    """Return the subgroup of lowest accuracy and that accuracy (Sagawa et al. 2020, ICLR).

    Args:
        correct: Whether each answer is correct, shape (n,).
        groups: The subgroup of each answer, shape (n,).

    Returns:
        The subgroup's label, the first in sorted order of several equally bad ones, and its
        accuracy, from 0 to 1.

    Raises:
        Problem: If `correct` is empty or holds missing values, or if `groups` does not fit it.
    """
    labels, accuracies = _group_accuracies(correct, groups)
    worst = int(np.argmin(accuracies))
    return str(labels[worst]), float(accuracies[worst])


def macro_std(correct: ArrayLike, groups: ArrayLike) -> float:
    """Return the macro-averaged standard deviation over subgroups.

    It is the population standard deviation of the group accuracies, in which every subgroup counts
    the same however many answers it has. The idea is that of MacroStd in "Better May Not Be
    Fairer" (Chiu, Chen and Ma 2023, ICCV), which averages weighted standard deviations over the
    classes; here there are neither weights nor classes.

    Args:
        correct: Whether each answer is correct, shape (n,).
        groups: The subgroup of each answer, shape (n,).

    Returns:
        The standard deviation, from 0 (all subgroups alike) to 0.5.

    Raises:
        Problem: If `correct` is empty or holds missing values, or if `groups` does not fit it.
    """
    return float(np.std(_group_accuracies(correct, groups)[1]))


def consistency(choices: Sequence[Sequence[str]] | NDArray[Any]) -> float:
    """Return the share of samples whose answers agree over all shuffles of the options.

    Args:
        choices: Texts of the chosen options, shape (n_samples, k_shuffles), with at least one
            sample and two shuffles.

    Returns:
        The share of rows whose k choices are all the same, from 0 to 1.

    Raises:
        Problem: If the shape does not fit or if a choice is not a text.
    """
    table = np.asarray(choices, dtype=object)
    if table.ndim != 2 or table.shape[0] < 1 or table.shape[1] < 2:
        raise Problem(
            f"The choices have shape {table.shape}; pass one row per sample and one column for "
            f"each of two or more shuffles."
        )
    if not all(isinstance(choice, str) for choice in table.flat):
        raise Problem(
            "The choices hold something that is not a text; give every shuffle an answer."
        )
    return float((table == table[:, :1]).all(axis=1).mean())


def _group_accuracies(
    correct: ArrayLike, groups: ArrayLike
) -> tuple[NDArray[Any], NDArray[np.float64]]:
    values = finite_values(correct, "correctness values")
    labels, codes = label_codes(groups, values.size, "groups")
    return labels, np.bincount(codes, weights=values) / np.bincount(codes)
