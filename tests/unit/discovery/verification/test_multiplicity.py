"""The false discovery rate is held over candidates, however many models may confirm one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.discovery.verification.multiplicity import confirm, confirm_pairs
from spuriverse.statistics import fisher_one_sided

laws = settings(deadline=None, derandomize=True, max_examples=30)
LEVEL = {"threshold": 0.3, "false_discovery_rate": 0.05}


def simulate(rng: np.random.Generator, true: int, false: int, models: int, images: int):
    """p-values and gaps; the models agree on which images are hard."""
    shape = (true + false, 1, images)
    core = rng.random(shape) < 0.9
    fooled = (rng.random(shape) < 0.9) & (np.arange(true + false) < true)[:, None, None]
    spurious = (rng.random(shape) < 0.9) & ~fooled
    flips = rng.random((2, true + false, models, images)) < 0.05
    right, wrong = (core ^ flips[0]).sum(-1), (spurious ^ flips[1]).sum(-1)
    return fisher_one_sided(right, images, wrong, images), (right - wrong) / images


@pytest.mark.parametrize("images", [10, 20])
@pytest.mark.parametrize("models", [1, 3, 5])
def test_the_false_discovery_rate_is_held_where_one_in_ten_is_true(
    images: int, models: int
) -> None:
    rng = np.random.default_rng(0)
    shares, found = [], []
    for _ in range(200):
        p, gaps = simulate(rng, 10, 90, models, images)
        _, confirmed = confirm(p, gaps, **LEVEL)
        kept = confirmed.any(axis=1)
        shares.append(kept[10:].sum() / max(1, kept.sum()))
        found.append(kept[:10].mean())
    assert np.mean(shares) <= 0.05
    assert np.mean(found) > 0.5


@given(st.integers(0, 10**6), st.integers(1, 4))
@laws
def test_a_candidate_is_kept_exactly_if_its_q_value_says_so(seed: int, models: int) -> None:
    p, gaps = simulate(np.random.default_rng(seed), 5, 20, models, 10)
    q, confirmed = confirm(p, gaps, **LEVEL)
    np.testing.assert_array_equal(confirmed.any(axis=1), q <= LEVEL["false_discovery_rate"])
    assert not confirmed[gaps <= LEVEL["threshold"]].any()


def test_one_model_asks_no_more_than_benjamini_hochberg() -> None:
    q, confirmed = confirm(
        np.array([[0.01], [0.02], [0.9]]),
        np.array([[0.5], [0.3], [0.6]]),
        threshold=0.3,
        false_discovery_rate=0.05,
    )
    np.testing.assert_allclose(q, [0.03, 1, 1])
    np.testing.assert_array_equal(confirmed.ravel(), [True, False, False])


def test_a_missing_gap_is_no_evidence() -> None:
    q, confirmed = confirm(np.array([[1e-9, 1e-9]]), np.array([[np.nan, np.nan]]), **LEVEL)
    assert (q == 1).all() and not confirmed.any()


def pairs(
    rng: np.random.Generator, candidates: int, true: int, models: int, core: float = 0.9
) -> tuple[np.ndarray, np.ndarray]:
    """Differences of ten minimal pairs, and how many were answered.

    Below a core accuracy of 0.9 a part of either image is spoilt on its own.
    """
    shape = (candidates, 1, 10)
    easy = rng.random(shape) < 0.9
    spoilt = rng.random((2, *shape)) < 1 - core / 0.9
    fooled = (rng.random(shape) < 0.8) & (np.arange(candidates) < true)[:, None, None]
    flips = rng.random((2, candidates, models, 10)) < 0.05
    right, wrong = (easy & ~spoilt[0]) ^ flips[0], (easy & ~spoilt[1] & ~fooled) ^ flips[1]
    return right.astype(np.int8) - wrong, np.full((candidates, models), 10)


@pytest.mark.parametrize("models", [1, 3, 5])
@pytest.mark.parametrize(("core", "power"), [(0.9, 0.9), (0.6, 0.0)])
def test_pairs_hold_the_rate_and_keep_the_power_where_one_in_ten_is_true(
    models: int, core: float, power: float
) -> None:
    """In the second world chance alone makes every third large gap."""
    rng = np.random.default_rng(0)
    shares, kept_of_paper = [], []
    for _ in range(60):
        differences, answered = pairs(rng, 100, 10, models, core)
        kept = confirm_pairs(differences, answered, **LEVEL)[1].any(axis=1)
        shares.append(kept[10:].sum() / max(1, kept.sum()))
        by_gap = (differences.sum(axis=2) > 3).any(axis=1)
        kept_of_paper.append(kept[:10].sum() / by_gap[:10].sum())
    assert np.mean(shares) <= 0.05
    assert np.mean(kept_of_paper) >= power


@given(st.integers(0, 10**6), st.integers(1, 4))
@laws
def test_pairs_keep_what_the_q_value_says_and_nothing_below_the_threshold(
    seed: int, models: int
) -> None:
    differences, answered = pairs(np.random.default_rng(seed), 30, 8, models)
    q, confirmed = confirm_pairs(differences, answered, **LEVEL)
    np.testing.assert_array_equal(confirmed.any(axis=1), q <= LEVEL["false_discovery_rate"])
    assert not confirmed[differences.mean(axis=2) <= LEVEL["threshold"]].any()
    # The other way round nothing is left of what was kept.
    assert (np.maximum(q, confirm_pairs(-differences, answered, **LEVEL)[0]) == 1).all()


def test_models_without_answers_say_nothing() -> None:
    differences, answered = pairs(np.random.default_rng(0), 40, 20, 2)
    differences[:10], answered[:10] = 0, 0
    q, confirmed = confirm_pairs(differences, answered, **LEVEL)
    assert (q[:10] == 1).all() and not confirmed[:10].any()
    assert confirmed.any()
    nothing = confirm_pairs(differences[:0], answered[:0], **LEVEL)
    assert [len(part) for part in nothing] == [0, 0]
