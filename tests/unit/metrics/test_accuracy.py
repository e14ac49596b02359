"""Accuracy metrics: worked examples, their laws and their errors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.metrics import accuracy, consistency, gap, macro_std, worst_group
from spuriverse.problems import Problem

ANSWERS = st.lists(st.tuples(st.booleans(), st.sampled_from("abc")), min_size=1, max_size=40)
CORRECT = [True, True, False, False, True, False]
GROUPS = ["dog", "dog", "dog", "cat", "cat", "eel"]
laws = settings(deadline=None, derandomize=True, max_examples=50)


def test_accuracy_is_the_share_of_correct_answers() -> None:
    estimate = accuracy(CORRECT, GROUPS, seed=0)
    assert (estimate.n, estimate.value) == (6, 0.5)
    assert 0 <= estimate.low < 0.5 < estimate.high <= 1


def test_accuracy_takes_crossed_clusterings() -> None:
    assert accuracy([1, 1, 1, 1], ["a", "a", "b", "b"], [0, 1, 0, 1], seed=0).low == 1


def test_gap_is_core_minus_spurious() -> None:
    estimate = gap([1, 1, 1, 0], [0, 1, 0, 0], ["a", "a", "b", "b"], seed=0)
    assert estimate.value == 0.5
    assert gap([1, 1], [0, 0], seed=0).low == 1


def test_worst_group_and_spread_of_a_worked_example() -> None:
    assert worst_group(CORRECT, GROUPS) == ("eel", 0.0)
    assert macro_std(CORRECT, GROUPS) == pytest.approx(np.std([2 / 3, 1 / 2, 0]))


def test_the_first_of_equally_bad_groups_is_the_worst() -> None:
    assert worst_group([0, 0, 1], [7, 3, 5]) == ("3", 0.0)


@given(ANSWERS)
@laws
def test_group_metrics_are_bounded(answers: list[tuple[bool, str]]) -> None:
    correct, groups = [answer[0] for answer in answers], [answer[1] for answer in answers]
    label, lowest = worst_group(correct, groups)
    assert label in groups
    assert 0 <= lowest <= np.mean(correct) + 1e-12
    assert 0 <= macro_std(correct, groups) <= 0.5


@given(ANSWERS, st.integers(2, 5))
@laws
def test_repeating_a_group_leaves_the_spread(answers: list[tuple[bool, str]], times: int) -> None:
    """Every subgroup counts the same, however many answers it has."""
    repeated = [a for a in answers for _ in range(times if a[1] == "a" else 1)]
    spreads = [macro_std([a[0] for a in s], [a[1] for a in s]) for s in (answers, repeated)]
    assert spreads[0] == pytest.approx(spreads[1])


def test_consistency_is_the_share_of_agreeing_rows() -> None:
    choices = [["cat", "cat", "cat"], ["cat", "dog", "cat"], ["dog", "dog", "eel"], ["x", "x", "x"]]
    assert consistency(choices) == 0.5
    assert consistency(np.array(choices)) == 0.5


@given(st.lists(st.lists(st.sampled_from("ab"), min_size=3, max_size=3), min_size=1))
@laws
def test_consistency_ignores_the_order_of_shuffles(choices: list[list[str]]) -> None:
    assert consistency(choices) == consistency([row[::-1] for row in choices])


@pytest.mark.parametrize("choices", [[], [["a"]], [["a", "b"], ["a"]], ["a", "b"]])
def test_a_table_of_the_wrong_shape_is_a_problem(choices: list[list[str]]) -> None:
    with pytest.raises(Problem, match="one row per sample"):
        consistency(choices)


def test_a_missing_choice_or_group_is_a_problem() -> None:
    with pytest.raises(Problem, match="not a text"):
        consistency(np.array([["a", None]], dtype=object))
    with pytest.raises(Problem, match="one label per value"):
        macro_std([True, False], ["a"])
    with pytest.raises(Problem, match="at least one value"):
        worst_group([], [])
