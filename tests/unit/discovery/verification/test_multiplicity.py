"""The false discovery rate is held over candidates, however many models may confirm one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.discovery.verification.multiplicity import SYMMETRIC_FROM, confirm
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


def pairs(rng: np.random.Generator, true: int, models: int, core: float = 0.9):
    """Gaps of `2 * SYMMETRIC_FROM` candidates with ten minimal pairs; tests that say nothing."""
    candidates = 2 * SYMMETRIC_FROM
    hard = rng.random((2, candidates, 1, 10)) >= core
    fooled = (rng.random((candidates, 1, 10)) < 0.9) & (np.arange(candidates) < true)[:, None, None]
    flips = rng.random((2, candidates, models, 10)) < 0.05
    right, wrong = ~hard[0] ^ flips[0], (~hard[1] & ~fooled) ^ flips[1]
    return np.ones((candidates, models)), right.mean(-1) - wrong.mean(-1)


@pytest.mark.parametrize("models", [1, 5])
@pytest.mark.parametrize(("core", "power"), [(0.9, 0.9), (0.6, 0.0)])
def test_many_pairs_hold_the_rate_by_symmetry(models: int, core: float, power: float) -> None:
    """One in ten is true; in the second world chance alone makes every third large gap."""
    rng = np.random.default_rng(0)
    true = SYMMETRIC_FROM // 5
    shares, kept_of_paper = [], []
    for _ in range(60):
        p, gaps = pairs(rng, true, models, core)
        kept = confirm(p, gaps, **LEVEL, paired=True)[1].any(axis=1)
        shares.append(kept[true:].sum() / max(1, kept.sum()))
        kept_of_paper.append(kept[:true].sum() / (gaps[:true] > 0.3).any(axis=1).sum())
    assert np.mean(shares) <= 0.05
    assert np.mean(kept_of_paper) >= power


@given(st.integers(0, 10**6), st.integers(1, 4))
@laws
def test_symmetry_keeps_what_its_q_value_says_and_nothing_below_the_threshold(
    seed: int, models: int
) -> None:
    p, gaps = pairs(np.random.default_rng(seed), 120, models)
    q, confirmed = confirm(p, gaps, **LEVEL, paired=True)
    np.testing.assert_array_equal(confirmed.any(axis=1), q <= LEVEL["false_discovery_rate"])
    assert not confirmed[gaps <= LEVEL["threshold"]].any()
    flipped, _ = confirm(p, -gaps, **LEVEL, paired=True)
    assert (np.maximum(q, flipped) == 1).all()


def test_few_pairs_are_tested_and_missing_gaps_say_nothing() -> None:
    p, gaps = pairs(np.random.default_rng(0), 120, 1)
    few = slice(SYMMETRIC_FROM - 1)
    assert (confirm(p[few], gaps[few], **LEVEL, paired=True)[0] == 1).all()
    gaps[:10] = np.nan
    q, confirmed = confirm(p, gaps, **LEVEL, paired=True)
    assert (q[:10] == 1).all() and not confirmed[:10].any() and confirmed.any()
