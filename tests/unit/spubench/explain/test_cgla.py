"""CGLA and the failure signatures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spuriverse.problems import Problem
from spuriverse.spubench.explain import SIGNATURES, likelihood_advantage, signature

LOG = st.floats(-50, 0)


def test_positive_means_that_the_core_attribute_is_preferred() -> None:
    np.testing.assert_allclose(likelihood_advantage([np.log(0.8)], [np.log(0.2)]), [np.log(4)])
    np.testing.assert_allclose(likelihood_advantage([-3.0, -1.0], [-1.0, -3.0]), [-2.0, 2.0])


def test_per_token_divides_by_the_labels_own_number_of_tokens() -> None:
    np.testing.assert_allclose(likelihood_advantage([-1.0, -1.0], [-4.0, -4.0], [1, 3]), [3.0, 1.0])


@given(st.lists(st.tuples(LOG, LOG), min_size=1))
def test_exchanging_the_conditions_changes_the_sign(pairs: list[tuple[float, float]]) -> None:
    core, spurious = zip(*pairs, strict=True)
    np.testing.assert_array_equal(
        likelihood_advantage(core, spurious), -likelihood_advantage(spurious, core)
    )


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(Problem, match="one of each per sample"):
        likelihood_advantage([-1.0], [-1.0, -2.0])
    with pytest.raises(Problem, match="without tokens"):
        likelihood_advantage([-1.0], [-2.0], [0])
    with pytest.raises(Problem, match="nan"):
        likelihood_advantage([float("nan")], [-2.0])


def test_the_four_signatures() -> None:
    assert signature(0.5, 0.1) == "right and core-led"
    assert signature(0.5, 0.0) == "right and spurious-led"
    assert signature(0.49, 0.1) == "wrong and core-led"
    assert signature(0.49, -2.0) == "wrong and spurious-led"
    assert signature(0.6, 1.0, accuracy_threshold=0.7, cgla_threshold=2) == SIGNATURES[False, False]
