"""Under the null hypothesis the expected evidence is at most 1, counted over every sequence."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.problems import Problem
from spuriverse.statistics import independent_e_process, paired_e_process

laws = settings(deadline=None, derandomize=True, max_examples=30)
SHARE = st.floats(0, 1)
SIZES = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=3)


def outcomes(sizes: list[tuple[int, int]]):
    """Every sequence of right answers in batches of these sizes."""
    return product(*(product(range(a + 1), range(b + 1)) for a, b in sizes))


def choose(n: int, k: int) -> int:
    return [1, n, 1][k] if n == 2 else 1


@given(SIZES, SHARE, SHARE)
@laws
def test_the_evidence_for_a_larger_first_share_is_fair_where_it_is_not_larger(
    sizes: list[tuple[int, int]], one: float, other: float
) -> None:
    p, q = min(one, other), max(one, other)
    n_first, n_second = (np.array(column) for column in zip(*sizes, strict=True))
    sequences = np.array(list(outcomes(sizes)))
    first, second = sequences[..., 0], sequences[..., 1]
    shape = first.shape
    e = independent_e_process(
        first, np.broadcast_to(n_first, shape), second, np.broadcast_to(n_second, shape)
    )
    ways = np.vectorize(choose)(n_first, first) * np.vectorize(choose)(n_second, second)
    chance = ways * p**first * (1 - p) ** (n_first - first)
    chance = chance * q**second * (1 - q) ** (n_second - second)
    expected = (np.prod(chance, axis=1, keepdims=True) * e).sum(axis=0)
    assert np.prod(chance, axis=1).sum() == pytest.approx(1)
    assert (expected <= 1 + 1e-9).all()


@given(st.lists(st.integers(1, 3), min_size=1, max_size=3), SHARE, SHARE)
@laws
def test_the_paired_evidence_is_fair_however_the_answers_depend(
    sizes: list[int], one: float, other: float
) -> None:
    """P(only the first right) <= P(only the second right), the rest of the pairs concordant."""
    b, c = min(one, other) / 2, max(one, other) / 2
    pairs = sum(sizes)
    sequences = np.array(list(product((1, -1, 0), repeat=pairs)))
    chance = np.prod(np.select([sequences == 1, sequences == -1], [b, c], 1 - b - c), axis=1)
    starts = np.cumsum([0, *sizes[:-1]])
    only_first = np.add.reduceat((sequences == 1).astype(int), starts, axis=1)
    only_second = np.add.reduceat((sequences == -1).astype(int), starts, axis=1)
    expected = (chance[:, None] * paired_e_process(only_first, only_second)).sum(axis=0)
    assert chance.sum() == pytest.approx(1)
    assert (expected <= 1 + 1e-9).all()


@given(SHARE)
@laws
def test_minimal_pairs_that_are_alike_leave_the_independent_evidence_fair(share: float) -> None:
    """A pair is right twice or wrong twice: the strongest positive dependence."""
    sequences = np.array(list(product((0, 1), repeat=5)))
    e = independent_e_process(sequences, np.ones((32, 5)), sequences, np.ones((32, 5)))
    chance = np.prod(np.where(sequences == 1, share, 1 - share), axis=1)
    assert (chance @ e <= 1 + 1e-9).all()


def test_ever_exceeding_twenty_is_rare_without_a_gap() -> None:
    rng = np.random.default_rng(0)
    ones = np.ones((4000, 60))
    for share in (0.5, 0.9):
        answers = (rng.random((2, 4000, 60)) < share).astype(int)
        e = independent_e_process(answers[0], ones, answers[1], ones)
        assert (e.max(axis=1) >= 20).mean() <= 0.05
        only = (answers[0] > answers[1]).astype(int), (answers[0] < answers[1]).astype(int)
        assert (paired_e_process(*only).max(axis=1) >= 20).mean() <= 0.05


def test_a_large_gap_is_found_in_a_few_images() -> None:
    ones, wrong = np.ones(8), np.zeros(8)
    assert independent_e_process(ones, ones, wrong, ones)[5] > 100
    assert paired_e_process(ones, wrong)[7] > 100
    assert independent_e_process(wrong, ones, ones, ones)[-1] <= 1


def test_an_empty_batch_changes_nothing() -> None:
    e = independent_e_process([1, 0, 1], [1, 0, 1], [0, 0, 0], [1, 0, 1])
    assert e[0] == e[1] != e[2]


def test_a_bet_depends_on_earlier_batches_alone() -> None:
    """The same last batch after the same past weighs the same, whatever else it could have been."""
    after_right = independent_e_process([2, 1], [2, 1], [0, 0], [2, 1])
    after_wrong = independent_e_process([0, 1], [2, 1], [2, 0], [2, 1])
    assert after_right[1] / after_right[0] > after_wrong[1] / after_wrong[0]


def test_unusable_counts_are_a_problem() -> None:
    with pytest.raises(Problem, match="more successes than trials"):
        independent_e_process([2], [1], [0], [1])
    with pytest.raises(Problem, match="whole numbers"):
        paired_e_process([-1], [0])
