"""The mean over splits of the same attributes, for a claim about others."""

import numpy as np
import pytest
from scipy import stats

from spuriverse.problems import Problem
from spuriverse.statistics import mean_over_splits

VALUES = np.array([0.2, 0.5, 0.1, 0.4, 0.3, 0.3, 0.6, 0.0])


def test_without_common_attributes_it_is_student_s_interval() -> None:
    found = mean_over_splits(VALUES, test_to_train=0)
    student = stats.t.interval(0.95, 7, VALUES.mean(), stats.sem(VALUES))
    assert (found.n, found.value) == (8, pytest.approx(VALUES.mean()))
    assert (found.low, found.high) == pytest.approx(student)


def test_common_attributes_widen_it_as_nadeau_and_bengio_have_it() -> None:
    plain, wide = (mean_over_splits(VALUES, test_to_train=share) for share in (0, 1 / 3))
    wider = (wide.high - wide.low) / (plain.high - plain.low)
    assert wider == pytest.approx(np.sqrt((1 / 8 + 1 / 3) / (1 / 8)))


def test_values_that_do_not_vary_have_no_interval() -> None:
    found = mean_over_splits([0.1, 0.1, 0.1, 0.1], test_to_train=1 / 3)
    assert (found.n, found.value) == (4, pytest.approx(0.1))
    assert np.isnan(found.low) and np.isnan(found.high)


def test_one_split_has_no_interval_and_a_missing_value_is_a_problem() -> None:
    assert np.isnan(mean_over_splits([0.1], test_to_train=0).low)
    with pytest.raises(Problem, match="values of splits"):
        mean_over_splits([0.1, np.nan], test_to_train=0)
    with pytest.raises(Problem, match="0 or more"):
        mean_over_splits([0.1, 0.2], test_to_train=-1)
