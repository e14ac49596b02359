"""Decide on candidates batch by batch, each as soon as its evidence suffices."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spuriverse.discovery.verification.counts import COUNTS, count_answers
from spuriverse.discovery.verification.decision import gaps_between
from spuriverse.statistics import (
    adjust_families,
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
    """What is known of C candidates and M models after some batches, in one run or in several.

    Attributes:
        batches: Batches that each candidate needed, shape (..., C).
        kept: Decided and kept, shape (..., C).
        open: Not decided yet, shape (..., C); the others were dropped.
        evidence: e-values at each candidate's last batch, shape (..., C, M).
        gaps: Gaps at each candidate's last batch, shape (..., C, M); missing without answers.
    """

    batches: NDArray[np.int64]
    kept: NDArray[np.bool_]
    open: NDArray[np.bool_]
    evidence: NDArray[np.float64]
    gaps: NDArray[np.float64]


@dataclass(frozen=True)
class Course:
    """How candidates fared with models batch by batch; each array has shape (..., C, M, batches).

    Attributes:
        evidence: e-values.
        gaps: Gaps; missing without answers.
        images: Answered images of the smaller group.
    """

    evidence: NDArray[np.float64]
    gaps: NDArray[np.float64]
    images: NDArray[np.int64]


def trace(counts: NDArray[np.int64], *, paired: bool) -> Course:
    """Return the course of candidates, from counts as `decide_in_batches` takes them."""
    n_core, n_spurious, right_core, right_spurious = (
        counts[..., column].cumsum(axis=-1) for column in range(len(COUNTS) - 2)
    )
    gaps = gaps_between(right_core, n_core, right_spurious, n_spurious)
    return Course(_evidence(counts, paired), gaps, np.minimum(n_core, n_spurious))


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
        counts: New answers of every batch, shape (..., C, M, batches, 6), the last axis in the
            order of `COUNTS`. Each of the other axes holds runs, which are decided on their own.
        threshold: Least gap of a kept candidate.
        false_discovery_rate: Level of e-BH.
        paired: Whether images are minimal pairs.
    """
    course = trace(counts, paired=paired)
    return follow(course, threshold=threshold, false_discovery_rate=false_discovery_rate)


def follow(course: Course, *, threshold: float, false_discovery_rate: float) -> Verdicts:
    """Decide on the candidates of a course, as `decide_in_batches` does."""
    shape = course.gaps.shape[:-1]
    batches = np.zeros(shape[:-1], np.int64)
    kept, is_open = np.zeros(shape[:-1], bool), np.ones(shape[:-1], bool)
    evidence, gaps = np.ones(shape), np.full(shape, np.nan)
    for batch in range(course.gaps.shape[-1]):
        batches += is_open
        evidence = np.where(is_open[..., None], course.evidence[..., batch], evidence)
        gaps = np.where(is_open[..., None], course.gaps[..., batch], gaps)
        sure = e_bh(evidence) <= false_discovery_rate
        confirmed = sure & ((gaps > threshold) & (evidence > FUTILE_EVIDENCE)).any(axis=-1)
        kept |= is_open & confirmed
        seen = course.images[..., batch].min(axis=-1) >= FUTILE_IMAGES
        futile = seen & (evidence <= FUTILE_EVIDENCE).all(axis=-1)
        is_open &= ~confirmed & ~futile
    return Verdicts(batches, kept, is_open, evidence, gaps)


def e_bh(evidence: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the q-values of candidates by e-BH, shape (..., C), from e-values (..., C, M)."""
    e_values = evidence.mean(axis=-1) if evidence.size else np.ones(evidence.shape[:-1])
    return adjust_families(1 / np.maximum(1, e_values))


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
