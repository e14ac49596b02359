"""Decide on candidates batch by batch, each as soon as its evidence suffices."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spuriverse.discovery.verification.counts import COUNTS, count_answers
from spuriverse.discovery.verification.decision import gaps_of
from spuriverse.statistics import (
    benjamini_hochberg,
    independent_e_process,
    paired_e_process,
)

FUTILE_IMAGES = 4
"""Images a group after which a candidate can be given up ..."""

FUTILE_EVIDENCE = 1.0
"""... if its evidence is above this for no model: nothing speaks against chance.

Giving up early costs power alone. Both numbers, the largest size and what the e-processes expect
were chosen on simulated answers, before a model was asked.
"""


@dataclass(frozen=True)
class Verdicts:
    """What is known of C candidates and M models after some batches.

    Attributes:
        batches: Batches that each candidate needed, shape (C,).
        kept: Decided and kept, shape (C,).
        open: Not decided yet, shape (C,); the others were dropped.
        evidence: e-values at each candidate's last batch, shape (C, M).
        gaps: Gaps at each candidate's last batch, shape (C, M); missing without answers.
    """

    batches: NDArray[np.int64]
    kept: NDArray[np.bool_]
    open: NDArray[np.bool_]
    evidence: NDArray[np.float64]
    gaps: NDArray[np.float64]


def decide_in_batches(
    counts: NDArray[np.int64], *, threshold: float, false_discovery_rate: float, paired: bool
) -> Verdicts:
    """Follow the candidates through the batches.

    After a batch a candidate is kept if the e-BH procedure over candidates rejects chance and the
    gap of a model with evidence exceeds the threshold; its evidence is then frozen, so that what is
    kept once stays kept. A candidate's e-value is the mean over its models, which is an e-value
    however they depend. It is dropped as futile if no model has evidence after `FUTILE_IMAGES`
    images per group. Each e-value is one at a stopping time, so that e-BH controls the false
    discovery rate whatever the rule of stopping and however candidates depend (Wang and Ramdas
    2022).

    Args:
        counts: New answers of every batch, shape (C, M, batches, 6), the last axis in the order of
            `COUNTS`.
        threshold: Least gap of a kept candidate.
        false_discovery_rate: Level of e-BH.
        paired: Whether images are minimal pairs.
    """
    process = _evidence(counts, paired)
    total = counts.cumsum(axis=2)
    shape = counts.shape[:2]
    batches = np.zeros(shape[0], np.int64)
    kept, is_open = np.zeros(shape[0], bool), np.ones(shape[0], bool)
    evidence, gaps = np.ones(shape), np.full(shape, np.nan)
    for batch in range(counts.shape[2]):
        batches[is_open] += 1
        evidence[is_open] = process[is_open, :, batch]
        gaps[is_open] = _gaps(total[is_open, :, batch])
        sure = e_bh(evidence) <= false_discovery_rate
        confirmed = sure & ((gaps > threshold) & (evidence > FUTILE_EVIDENCE)).any(axis=1)
        kept |= is_open & confirmed
        seen = total[:, :, batch, :2].min(axis=(1, 2))
        futile = (seen >= FUTILE_IMAGES) & (evidence <= FUTILE_EVIDENCE).all(axis=1)
        is_open &= ~confirmed & ~futile
    return Verdicts(batches, kept, is_open, evidence, gaps)


def e_bh(evidence: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the q-values of candidates by e-BH, shape (C,), from e-values of shape (C, M)."""
    e_values = evidence.mean(axis=1) if evidence.size else np.ones(len(evidence))
    return benjamini_hochberg(1 / np.maximum(1, e_values))


def verify_in_batches(
    batches: Sequence[tuple[pd.DataFrame, pd.DataFrame]],
    *,
    threshold: float,
    false_discovery_rate: float,
    paired: bool,
) -> pd.DataFrame:
    """Return how things stand after some batches.

    Args:
        batches: For each batch its questions, as `group_samples` returns them, and its `responses`.
            Candidates that were decided before have none.
        threshold: As in `decide_in_batches`.
        false_discovery_rate: As in `decide_in_batches`.
        paired: As in `decide_in_batches`.

    Returns:
        An `evidence` table: one row per candidate and model.

    Raises:
        Problem: As in `count_answers`.
    """
    found = [
        count_answers(asked, responses, paired=paired).xs("selection", level="part")
        for asked, responses in batches
        if len(asked)
    ]
    if not found:
        count_answers(*batches[0], paired=paired)
    keys = pd.concat([f.index.to_frame(index=False) for f in found])
    candidates, models = sorted(set(keys["candidate_id"])), sorted(set(keys["model"]))
    grid = pd.MultiIndex.from_product([candidates, models], names=["candidate_id", "model"])
    counts = np.stack([f.reindex(grid, fill_value=0)[list(COUNTS)].to_numpy() for f in found], 1)
    counts = counts.reshape(len(candidates), len(models), len(found), len(COUNTS))
    verdicts = decide_in_batches(
        counts, threshold=threshold, false_discovery_rate=false_discovery_rate, paired=paired
    )
    status = np.select([verdicts.kept, verdicts.open], ["kept", "open"], "dropped")
    table = grid.to_frame(index=False)
    table["batches"] = np.repeat(verdicts.batches, len(models))
    table["e_value"] = verdicts.evidence.ravel()
    table["status"] = np.repeat(status, len(models))
    return table


def _evidence(counts: NDArray[np.int64], paired: bool) -> NDArray[np.float64]:
    n_core, n_spurious, core, spurious, only_core, only_spurious = np.moveaxis(counts, -1, 0)
    if paired:
        return paired_e_process(only_core, only_spurious)
    return independent_e_process(core, n_core, spurious, n_spurious)


def _gaps(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    flat = pd.DataFrame(counts.reshape(-1, len(COUNTS)), columns=list(COUNTS))
    return gaps_of(flat).reshape(counts.shape[:-1])
