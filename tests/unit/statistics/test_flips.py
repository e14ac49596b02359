"""Many paired differences, tested together by turning units over."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.problems import Problem
from spuriverse.statistics import largest_flipped

SMALL = st.integers(1, 8).flatmap(
    lambda units: st.lists(
        st.lists(st.integers(-3, 3), min_size=3, max_size=3), min_size=units, max_size=units
    )
)


def test_a_difference_that_every_unit_shows_has_one_turn_in_all() -> None:
    assert largest_flipped(np.ones((7, 1))) == pytest.approx([1 / 2**7])


def test_two_alike_count_as_one() -> None:
    table = np.repeat([[2.0], [1.0], [3.0]], 2, axis=1)
    assert largest_flipped(table) == pytest.approx([1 / 8, 1 / 8])


def test_opposite_differences_are_weighed_together() -> None:
    """With units of 1 and -1 in two columns each turn makes one of them large."""
    table = np.column_stack([np.ones(6), -np.ones(6)])
    assert largest_flipped(table) == pytest.approx([2 / 2**6, 1])


@given(SMALL)
@settings(max_examples=60, deadline=None)
def test_more_questions_never_make_a_p_value_smaller(rows: list[list[int]]) -> None:
    table = np.array(rows, dtype=float)
    alone = largest_flipped(table[:, :1])
    assert largest_flipped(table)[0] >= alone[0] - 1e-12
    assert ((largest_flipped(table) > 0) & (largest_flipped(table) <= 1)).all()


@given(SMALL)
@settings(max_examples=60, deadline=None)
def test_the_order_of_the_units_does_not_matter(rows: list[list[int]]) -> None:
    table = np.array(rows, dtype=float)
    assert largest_flipped(table[::-1]) == pytest.approx(largest_flipped(table))


def test_drawn_turns_agree_with_all_of_them() -> None:
    rng = np.random.default_rng(0)
    table = rng.integers(-2, 4, (13, 4)).astype(float)
    padded = np.vstack([table, np.zeros((20, 4))])
    assert np.allclose(largest_flipped(table), largest_flipped(padded), atol=0.02)


def test_where_nothing_differs_few_tables_are_found() -> None:
    """At .05 at most one in twenty tables of noise holds any finding."""
    rng = np.random.default_rng(1)
    found = [largest_flipped(rng.choice([-1.0, 1.0], (9, 5))).min() <= 0.05 for _ in range(400)]
    assert np.mean(found) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 400)


def test_missing_differences_are_refused() -> None:
    with pytest.raises(Problem, match="finite numbers"):
        largest_flipped([[np.nan, 1.0]])
