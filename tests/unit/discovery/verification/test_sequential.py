"""Candidates are decided batch by batch; what is kept stays kept, and chance seldom is."""

import numpy as np
import pandas as pd
import pytest

from contracts import as_table
from spuriverse.discovery.verification import (
    COUNTS,
    decide_in_batches,
    verify_candidates,
    verify_in_batches,
)
from spuriverse.problems import Problem

SETTINGS = {"threshold": 0.3, "false_discovery_rate": 0.05, "paired": False}


def simulate(core: np.ndarray, spurious: np.ndarray, batches: int, seed: int) -> np.ndarray:
    """Counts of batches of two pairs, for accuracies of shape (C, M)."""
    rng = np.random.default_rng(seed)
    shape = (*core.shape, batches, 2)
    right_core = rng.random(shape) < core[..., None, None]
    right_spurious = rng.random(shape) < spurious[..., None, None]
    by_name = {
        "n_core": np.ones(shape),
        "n_spurious": np.ones(shape),
        "right_core": right_core,
        "right_spurious": right_spurious,
        "only_core": right_core & ~right_spurious,
        "only_spurious": ~right_core & right_spurious,
    }
    return np.stack([by_name[name].sum(-1) for name in COUNTS], axis=-1).astype(np.int64)


@pytest.mark.parametrize("paired", [False, True])
def test_large_gaps_are_kept_early_and_chance_is_dropped(paired: bool) -> None:
    core = np.full((100, 1), 0.95)
    spurious = np.where(np.arange(100) < 50, 0.1, 0.95)[:, None]
    verdicts = decide_in_batches(
        simulate(core, spurious, 10, seed=0), **{**SETTINGS, "paired": paired}
    )
    assert verdicts.kept[:50].mean() > 0.9
    assert not verdicts.kept[50:].any()
    assert verdicts.batches.mean() < 7
    assert not (verdicts.kept & verdicts.open).any()


def test_false_discoveries_are_at_most_as_many_as_promised() -> None:
    rates = []
    for seed in range(40):
        core = np.full((60, 2), 0.7)
        spurious = np.where(np.arange(60)[:, None] < 15, 0.05, core)
        kept = decide_in_batches(simulate(core, spurious, 10, seed), **SETTINGS).kept
        rates.append(kept[15:].sum() / max(1, kept.sum()))
    assert np.mean(rates) <= 0.05


def test_a_decision_stands_whatever_comes_later() -> None:
    core, spurious = np.full((60, 1), 0.9), np.linspace(0.05, 0.9, 60)[:, None]
    counts = simulate(core, spurious, 8, seed=1)
    before = decide_in_batches(counts[:, :, :1], **SETTINGS)
    for batch in range(2, 9):
        after = decide_in_batches(counts[:, :, :batch], **SETTINGS)
        assert (after.kept >= before.kept).all()
        assert (after.open <= before.open).all()
        decided = ~before.open
        np.testing.assert_array_equal(after.evidence[decided], before.evidence[decided])
        before = after


def test_a_sure_but_small_gap_is_not_kept() -> None:
    """Every batch: four of four core images right, three of four spurious ones."""
    batch = {"n_core": 4, "n_spurious": 4, "right_core": 4, "right_spurious": 3, "only_core": 1}
    counts = np.tile([batch.get(name, 0) for name in COUNTS], (1, 1, 60, 1))
    verdicts = decide_in_batches(counts, **SETTINGS)
    assert verdicts.gaps[0, 0] == 0.25
    assert verdicts.evidence[0, 0] > 20
    assert not verdicts.kept[0]


def make_batch(number: int, right: dict[str, tuple[bool, bool]]) -> tuple:
    """Two pairs of images per candidate and the answers; `right` is of core and spurious images."""
    rows = [
        {
            "sample_id": f"{name}-{group}-{seed}",
            "candidate_id": name,
            "group": group,
            "part": "selection",
            "seed": seed,
            "answer": 1,
            "right": marks[group == "spurious"],
        }
        for name, marks in right.items()
        for seed in (2 * number, 2 * number + 1)
        for group in ("core", "spurious")
    ]
    asked = pd.DataFrame(rows, columns=["sample_id", *list(rows[0])[1:]] if rows else None)
    if not rows:
        columns = ["sample_id", "candidate_id", "group", "part", "seed", "answer"]
        return pd.DataFrame(columns=columns), pd.DataFrame()
    choice = pd.array(np.where(asked["right"], 1, 0), dtype="Int64")
    responses = pd.DataFrame(
        {
            "sample_id": asked["sample_id"],
            "model": "tiny",
            "outcome": "answered",
            "choice": choice,
        }
    )
    return asked.drop(columns="right"), responses


def test_batches_of_those_still_open_lead_to_the_same_decision_as_the_table() -> None:
    gap, none = (True, False), (True, True)
    batches = [make_batch(0, {"a": gap, "b": none})]
    first = verify_in_batches(batches, **SETTINGS)
    as_table(first, "evidence")
    assert first["status"].tolist() == ["open", "open"]
    batches.append(make_batch(1, {"a": gap, "b": none}))
    table = verify_in_batches(batches, **SETTINGS)
    assert table["status"].tolist() == ["kept", "dropped"]
    later = verify_in_batches([*batches, make_batch(2, {}), make_batch(3, {})], **SETTINGS)
    pd.testing.assert_frame_equal(later, table)
    asked, responses = (pd.concat([b[i] for b in batches], ignore_index=True) for i in (0, 1))
    verification = verify_candidates(
        asked,
        responses,
        threshold=0.3,
        false_discovery_rate=0.05,
        evidence=table,
    )
    as_table(verification, "verification")
    assert verification["kept"].tolist() == [True, False]
    assert set(verification["test"]) == {"e-process"}
    # An interval of fixed size would not cover: the size depends on the answers.
    assert verification["gap_low"].isna().all()


def test_no_image_at_all_is_one_sentence() -> None:
    with pytest.raises(Problem, match="nothing to verify"):
        verify_in_batches([make_batch(0, {})], **SETTINGS)
