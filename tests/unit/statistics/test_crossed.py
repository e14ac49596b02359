"""Shares over base models and attributes at once: wider than over either, and never of no width."""

import numpy as np
import pytest

from spuriverse.problems import Problem
from spuriverse.statistics import clustered_share, crossed_difference, crossed_share

MODELS, ATTRIBUTES = (labels.ravel() for labels in np.indices((5, 20)))


def width(estimate) -> float:
    return estimate.high - estimate.low


@pytest.mark.parametrize("by", ["model", "attribute"])
def test_what_differs_by_one_kind_alone_is_as_wide_as_over_that_kind(by: str) -> None:
    rng = np.random.default_rng(0)
    labels = MODELS if by == "model" else ATTRIBUTES
    levels = rng.uniform(0.2, 0.8, labels.max() + 1)[labels]
    correct = np.repeat(levels, 50) > np.tile((np.arange(50) + 0.5) / 50, levels.size)
    found = crossed_share(correct, np.repeat(MODELS, 50), np.repeat(ATTRIBUTES, 50))
    alone = clustered_share(correct, np.repeat(labels, 50))
    assert found.value == pytest.approx(correct.mean())
    assert (found.low, found.high) == pytest.approx((alone.low, alone.high), abs=0.01)


def test_both_together_are_wider_than_either() -> None:
    rng = np.random.default_rng(1)
    levels = rng.uniform(0.1, 0.5, 5)[MODELS] + rng.uniform(0, 0.5, 20)[ATTRIBUTES]
    correct = rng.random(levels.size * 10) < np.repeat(levels, 10)
    labels = np.repeat(MODELS, 10), np.repeat(ATTRIBUTES, 10)
    found = crossed_share(correct, *labels)
    assert 0 <= found.low < found.value < found.high <= 1
    turned = crossed_share(~correct, *labels)
    assert (found.low, found.high) == pytest.approx((1 - turned.high, 1 - turned.low))
    assert width(found) > 0.9 * max(width(clustered_share(correct, each)) for each in labels)


@pytest.mark.parametrize("models", [1, 3])
def test_few_base_models_have_no_interval(models: int) -> None:
    few = models > MODELS
    found = crossed_share(ATTRIBUTES[few] % 2, MODELS[few], ATTRIBUTES[few])
    assert found.value == 0.5 and np.isnan([found.low, found.high]).all()


def test_where_nothing_differs_the_limits_are_exact_and_lengths_must_fit() -> None:
    found = crossed_share(np.ones(100), MODELS, ATTRIBUTES)
    assert (found.value, found.high) == (1, 1) and found.low == pytest.approx(0.025 ** (1 / 5))
    with pytest.raises(Problem, match="one label per value"):
        crossed_share([1, 0], ["a", "b"], ["c"])


def test_a_difference_lies_between_its_limits_and_turns_with_its_sides() -> None:
    rng = np.random.default_rng(0)
    first, second = np.repeat(np.arange(8), 20), np.tile(np.arange(20), 8)
    one, other = rng.random(160) < 0.6, rng.random(160) < 0.3
    found = crossed_difference(one, other, first, second)
    turned = crossed_difference(other, one, first, second)
    assert found.value == pytest.approx(one.mean() - other.mean())
    assert found.low < found.value < found.high
    assert (turned.low, turned.high) == pytest.approx((-found.high, -found.low))


def test_a_difference_from_nothing_is_a_share() -> None:
    rng = np.random.default_rng(1)
    first, second = np.repeat(np.arange(6), 9), np.tile(np.arange(9), 6)
    one = rng.random(54) < 0.4
    assert crossed_difference(one, np.zeros(54), first, second) == crossed_share(one, first, second)


def test_a_difference_needs_pairs() -> None:
    with pytest.raises(Problem, match="as many first as second"):
        crossed_difference([1, 0], [1], ["a", "b"], ["c", "d"])
