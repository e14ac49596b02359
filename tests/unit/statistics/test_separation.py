"""The area under the ROC curve and its interval."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from spuriverse.problems import Problem
from spuriverse.statistics import roc_area

ROWS = st.lists(st.tuples(st.integers(-5, 5), st.booleans()), min_size=2, max_size=40)


@given(ROWS)
def test_it_is_the_statistic_of_mann_and_whitney(rows: list[tuple[int, bool]]) -> None:
    values, positive = map(np.array, zip(*rows, strict=True))
    found = roc_area(values, positive, np.arange(len(rows)) // 2, seed=0, resamples=50)
    if positive.all() or not positive.any():
        assert found is None
        return
    first, second = values[positive], values[~positive]
    expected = mannwhitneyu(first, second).statistic / (len(first) * len(second))
    assert found is not None
    assert found.value == pytest.approx(expected)
    assert 0 <= found.low <= found.high <= 1


def test_only_pairs_of_one_stratum_count() -> None:
    """Within each stratum the positive is the lower one, though between them it is the higher."""
    values, positive = [1, 2, 11, 12, 13], [True, False, True, False, False]
    found = roc_area(values, positive, range(5), strata=[0, 0, 1, 1, 1], seed=0)
    assert found is not None and found.value == 0
    pooled = roc_area(values, positive, range(5), seed=0)
    assert pooled is not None and pooled.value == pytest.approx(1 / 6)


def test_the_interval_grows_when_observations_hang_together() -> None:
    rng = np.random.default_rng(0)
    cluster = np.repeat(np.arange(20), 20)
    positive = np.tile([True, False], 200)
    values = positive * 1.0 + rng.normal(size=20)[cluster] * positive + rng.normal(size=400)
    alone = roc_area(values, positive, np.arange(400), seed=0)
    together = roc_area(values, positive, cluster, seed=0)
    assert alone is not None and together is not None
    assert together.value == alone.value
    assert together.high - together.low > 1.5 * (alone.high - alone.low)


def test_the_same_seed_gives_the_same_interval_and_lengths_must_agree() -> None:
    arguments = ([1.0, 2.0, 3.0, 0.0], [True, False, True, False], [0, 0, 1, 1])
    assert roc_area(*arguments, seed=3) == roc_area(*arguments, seed=3)
    with pytest.raises(Problem, match="one outcome per value"):
        roc_area([1.0, 2.0], [True], [0, 1], seed=0)
