"""How often the decisions err on simulated candidates, of which as many are true as is wished."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spuriverse.discovery.verification.truth.calibration import DECISIONS, decide
from spuriverse.problems import Problem
from spuriverse.progress import progress
from spuriverse.statistics import Estimate, clustered_share, mean_over_splits

SIMULATED_COLUMNS = (
    *("core_accuracy", "candidates", "true_share", "images", "models", "decision", "tries"),
    *("false_discovery_rate", "fdr_low", "fdr_high"),
    *("power", "power_low", "power_high"),
    *("power_kept", "power_kept_low", "power_kept_high"),
)
SIMULATED_SHOWN = {
    "Core accuracy": "{core_accuracy}",
    "Candidates": "{candidates}",
    "True": "{true_share}",
    "Images": "{images}",
    "Models": "{models}",
    "Decision": "{decision}",
    "False discovery rate": "{false_discovery_rate:.3f} ({fdr_low:.3f} to {fdr_high:.3f})",
    "Power": "{power:.3f} ({power_low:.3f} to {power_high:.3f})",
    "Of the paper's power": "{power_kept:.3f} ({power_kept_low:.3f} to {power_kept_high:.3f})",
}
CORE_ACCURACIES = (0.9, 0.6)
CANDIDATES = (100, 410)
TRUE_SHARES = (0.1, 0.5)
IMAGES = (10, 20)
MODELS = (1, 2, 3, 4, 5)
_EFFECTS = (4.0, 1.5)
_FLIPS = 0.05

Marks = NDArray[np.bool_]


def simulate_calibration(
    *, tries: int = 100, seed: int = 0, threshold: float, false_discovery_rate: float
) -> pd.DataFrame:
    """Try every decision on simulated answers.

    An image is hard for all models alike, and a model answers one in twenty otherwise than the
    others. A true attribute turns a share of right answers wrong that differs between candidates: a
    beta variable with parameters 4 and 1.5, 0.73 on average. Pairs are minimal: the spurious image
    of a core image is as hard as it in the world of core accuracy 0.9; in that of 0.6 a part of
    either is spoilt on its own, so that chance makes large gaps.

    Args:
        tries: Worlds of each kind.
        seed: Of the draws; one kind of world does not depend on which others are drawn.
        threshold: Least gap of a kept candidate.
        false_discovery_rate: Level over candidates.

    Returns:
        The columns of `SIMULATED_COLUMNS`, with 95 % intervals over tries; `power_kept` is the
        share of the true candidates kept by the gap alone that a decision keeps as well.

    Raises:
        Problem: `tries` is below 4, of which there would be no intervals.
    """
    if tries < 4:
        raise Problem(f"A simulation of {tries} tries has no intervals; ask for at least 4.")
    grid = list(product(CORE_ACCURACIES, CANDIDATES, TRUE_SHARES, IMAGES, MODELS))
    rows: list[dict[str, object]] = []
    for world in progress(grid, "simulate", len(grid), "world"):
        kept: dict[str, list[Marks]] = {decision: [] for decision in DECISIONS}
        for core, spurious in _draw(*world, tries=tries, seed=seed):
            for decision in DECISIONS:
                marks = decide(core, spurious, decision, threshold, false_discovery_rate)
                kept[decision].append(marks)
        rows += _rate(world, {decision: np.stack(marks) for decision, marks in kept.items()})
    return pd.DataFrame(rows, columns=list(SIMULATED_COLUMNS))


def _draw(
    core_accuracy: float,
    candidates: int,
    true_share: float,
    images: int,
    models: int,
    *,
    tries: int,
    seed: int,
) -> Iterator[tuple[Marks, Marks]]:
    """Yield answers to core and spurious images, each of shape (candidates, models, images)."""
    name = [seed, round(100 * core_accuracy), candidates, round(100 * true_share), images, models]
    rng = np.random.default_rng(name)
    true = np.arange(candidates) < round(true_share * candidates)
    alone = 1 - core_accuracy / max(CORE_ACCURACIES)
    for _ in range(tries):
        easy = rng.random((candidates, 1, images)) < max(CORE_ACCURACIES)
        spoilt = rng.random((2, candidates, 1, images)) < alone
        strength = rng.beta(*_EFFECTS, candidates)[:, None, None]
        fooled = (rng.random((candidates, 1, images)) < strength) & true[:, None, None]
        flips = rng.random((2, candidates, models, images)) < _FLIPS
        yield (easy & ~spoilt[0]) ^ flips[0], (easy & ~spoilt[1] & ~fooled) ^ flips[1]


def _false_share(marks: Marks, true: int) -> Estimate:
    """The mean share of false ones among those kept, with an interval over tries.

    Where no try keeps a false one, the upper limit is that of how often a try keeps any, which the
    mean share cannot exceed.
    """
    false = marks[:, true:].sum(axis=1)
    if not false.any():
        return clustered_share(false, range(len(marks)))
    mean = mean_over_splits(false / np.maximum(1, marks.sum(axis=1)), test_to_train=0)
    return replace(mean, low=float(np.maximum(0.0, mean.low)))


def _rate(
    world: tuple[float, int, float, int, int], kept: dict[str, Marks]
) -> Iterator[dict[str, object]]:
    core_accuracy, candidates, true_share, images, models = world
    number = round(true_share * candidates)
    for decision, marks in kept.items():
        tries = np.broadcast_to(np.arange(len(marks))[:, None], (len(marks), number))
        false = _false_share(marks, number)
        found, of_paper = marks[:, :number], kept["paper"][:, :number]
        power = clustered_share(found.ravel(), tries.ravel())
        share = clustered_share(found[of_paper], tries[of_paper])
        yield {
            "core_accuracy": core_accuracy,
            "candidates": candidates,
            "true_share": true_share,
            "images": images,
            "models": models,
            "decision": decision,
            "tries": len(marks),
            "false_discovery_rate": false.value,
            "fdr_low": false.low,
            "fdr_high": false.high,
            "power": power.value,
            "power_low": power.low,
            "power_high": power.high,
            "power_kept": share.value,
            "power_kept_low": share.low,
            "power_kept_high": share.high,
        }
