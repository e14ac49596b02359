"""Two sets of vectors, from one distribution or from two."""

import numpy as np
import pytest

from spuriverse.problems import Problem
from spuriverse.statistics import mean_discrepancy


def test_equal_distributions_are_rejected_as_often_as_promised() -> None:
    rng = np.random.default_rng(0)
    found = [
        mean_discrepancy(*rng.standard_normal((2, 15, 3)), seed=i, permutations=99).p_value
        for i in range(200)
    ]
    assert np.mean(np.array(found) <= 0.1) == pytest.approx(0.1, abs=0.07)
    assert min(found) >= 0.01


def test_a_shift_is_found_and_a_greater_one_is_further() -> None:
    rng = np.random.default_rng(1)
    first = rng.standard_normal((30, 4))
    near, far = (mean_discrepancy(first, first + s, seed=0) for s in (1.0, 3.0))
    assert far.value > near.value > 0
    assert far.p_value == pytest.approx(1 / 501)


def test_the_order_of_vectors_and_sets_does_not_count() -> None:
    rng = np.random.default_rng(2)
    first, second = rng.standard_normal((12, 3)), rng.standard_normal((9, 3)) + 0.5
    there = mean_discrepancy(first, second, seed=0).value
    assert mean_discrepancy(second, first[::-1], seed=0).value == pytest.approx(there)
    assert mean_discrepancy(7 * first + 2, 7 * second + 2, seed=0).value == pytest.approx(there)


@pytest.mark.parametrize(
    ("first", "second"), [([[1.0]], [[1.0], [2.0]]), ([[1.0], [2.0]], [[1.0, 2.0], [3.0, 4.0]])]
)
def test_what_cannot_be_compared_is_refused(first: list, second: list) -> None:
    with pytest.raises(Problem, match="at least two vectors"):
        mean_discrepancy(first, second, seed=0)
