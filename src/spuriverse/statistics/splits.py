"""The mean of what was measured on several splits of the same attributes."""

import math

import numpy as np
from numpy.typing import ArrayLike

from spuriverse.problems import Problem
from spuriverse.statistics.bootstrap import Estimate, check_settings, finite_values


def mean_over_splits(values: ArrayLike, *, test_to_train: float, level: float = 0.95) -> Estimate:
    """Estimate the mean over splits of the same attributes, for a claim about other attributes.

    Splits share attributes, so that their values agree more than those of fresh attributes would.
    The variance of the mean is therefore (1/J + n_test/n_train) times that of the J values (Nadeau
    and Bengio 2003, Machine Learning 52; for folds in rotation Bouckaert and Frank 2004, PAKDD),
    and the limits are Student's with J - 1 degrees of freedom.

    Args:
        values: One of each split, shape (J,).
        test_to_train: Attributes that a split holds out, over those that it trains on.
        level: Coverage of the interval, between 0 and 1.

    Returns:
        The number of splits, the mean and its interval; there is none of a single split, nor of
        values that are all the same, which say nothing of how others would differ.

    Raises:
        Problem: A value is missing, or `test_to_train` is negative.
    """
    from scipy.stats import t

    numbers = finite_values(values, "values of splits")
    check_settings(1, level)
    if not 0 <= test_to_train < math.inf:
        raise Problem(
            f"Splits got {test_to_train} held-out attributes for one of training; pass a number"
            " of 0 or more."
        )
    mean, count = float(numbers.mean()), numbers.size
    if np.ptp(numbers) == 0:
        return Estimate(count, mean, math.nan, math.nan)
    error = math.sqrt((1 / count + test_to_train) * float(np.var(numbers, ddof=1)))
    reach = float(t.ppf((1 + level) / 2, count - 1)) * error
    return Estimate(count, mean, mean - reach, mean + reach)
