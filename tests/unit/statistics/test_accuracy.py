"""Accuracy and gap: worked examples."""

from spuriverse.statistics import accuracy, gap

CORRECT = [True, True, False, False, True, False]
GROUPS = ["dog", "dog", "dog", "cat", "cat", "eel"]


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
