"""A curve's front, and the point at which one works."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.finetuning.mitigations import operating_point, pareto_front

laws = settings(deadline=None, derandomize=True, max_examples=50)
SHARES = st.floats(0, 1)
POINTS = st.lists(st.tuples(SHARES, SHARES), min_size=1, max_size=6)


@laws
@given(POINTS, SHARES)
def test_no_point_that_reaches_the_level_loses_less(points, level: float) -> None:
    robustness, loss = map(np.array, zip(*points, strict=True))
    place = operating_point(robustness, loss, level)
    if place is None:
        assert (robustness < level).all()
    else:
        assert robustness[place] >= level
        assert loss[place] == loss[robustness >= level].min()


def test_of_points_that_lose_alike_the_first_is_taken() -> None:
    assert operating_point([0.2, 0.6, 0.7], [0.0, 0.1, 0.1], 0.5) == 1


@laws
@given(POINTS)
def test_every_point_off_the_front_is_beaten_by_one_on_it(points) -> None:
    robustness, loss = map(np.array, zip(*points, strict=True))
    front = pareto_front(robustness, loss)
    assert front.any()
    for r, v in zip(robustness[~front], loss[~front], strict=True):
        assert ((robustness[front] >= r) & (loss[front] <= v)).any()


@pytest.mark.parametrize("level", [0.0, 0.1])
def test_a_level_below_every_point_takes_the_least_loss(level: float) -> None:
    assert operating_point([0.5, 0.6, 0.7], [0.3, 0.1, 0.2], level) == 1
