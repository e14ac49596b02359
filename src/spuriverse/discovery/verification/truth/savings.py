"""How many images the sequential design saves, on candidates of known truth."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spuriverse.discovery.verification.counts import COUNTS
from spuriverse.discovery.verification.sequential import Course, follow, trace
from spuriverse.discovery.verification.truth.calibration import (
    Rates,
    Trials,
    of_sets,
    rate_decision,
)
from spuriverse.discovery.verification.truth.pool import Pool
from spuriverse.statistics import Estimate, clustered_mean

SAVINGS_COLUMNS = (
    *("models", "paired", "step", "most_images", "candidates", "n"),
    *("fixed_images", "sequential_images", "saved", "low", "high"),
    *("fixed_power", "power", "power_low", "power_high"),
    *("fixed_fdr", "false_discovery_rate", "fdr_low", "fdr_high"),
    *("equal_images", "equal_saved", "equal_low", "equal_high"),
)
TWO_GROUPS = 2


def tabulate_savings(
    pool: Pool,
    *,
    images_per_group: int,
    step: int,
    most_images: int,
    orders: int,
    threshold: float,
    false_discovery_rate: float,
    seed: int,
) -> pd.DataFrame:
    """Compare the sequential design with the fixed one, image for image.

    Both see the same images in the same random orders.

    Args:
        pool: As `read_pool` returns it.
        images_per_group: Of the fixed design.
        step: Images a group and batch of the sequential design; it is also tried one by one.
        most_images: Images a group after which it gives a candidate up.
        orders: Random orders of the images.
        threshold: Least gap of a kept candidate.
        false_discovery_rate: Level over candidates.
        seed: Of the orders.

    Returns:
        The columns of `SAVINGS_COLUMNS`; images are means a candidate, of both groups together.
        The last columns compare with the smallest fixed design of at least the same power; they are
        missing where none that was tried has it.
    """
    limits = {"threshold": threshold, "false_discovery_rate": false_discovery_rate}
    core, spurious = map(np.stack, zip(*pool.orders(orders, seed), strict=True))
    fixed = _rate_fixed(pool, core, spurious, **limits)
    steps = sorted({1, step})
    ends = {each: _ends(each, most_images) for each in steps}
    rows = []
    for paired in (False, True):
        for each in steps:
            course = trace(count_batches(core, spurious, ends[each]), paired=paired)
            for size in range(1, pool.core.shape[1] + 1):
                sets = pool.sets_of(size)
                verdicts = follow(_of_sets(course, sets), **limits)
                images = TWO_GROUPS * ends[each][verdicts.batches - 1]
                rates = rate_decision(pool, sets, verdicts.kept)
                here = fixed.loc[paired, size]
                design = {"models": size, "paired": paired, "step": each}
                design["most_images"] = most_images
                true = np.broadcast_to(pool.true_of(sets), images.shape)
                for name, part in _parts(pool, true).items():
                    used = _mean_images(images, part, pool.clusters)
                    row = {**design, "candidates": name}
                    row |= _saved(used, TWO_GROUPS * images_per_group)
                    if name == "all":
                        row |= _beside(rates, here, images_per_group, used)
                    rows.append(row)
    return pd.DataFrame(rows, columns=list(SAVINGS_COLUMNS))


def _of_sets(course: Course, sets: list[list[int]]) -> Course:
    each = (of_sets(v, sets) for v in (course.evidence, course.gaps, course.images))
    return Course(*each)


def _ends(step: int, most_images: int) -> NDArray[np.int64]:
    """Number of images after each batch."""
    return np.minimum(np.arange(step, most_images + step, step), most_images)


def _rate_fixed(
    pool: Pool,
    core: NDArray,
    spurious: NDArray,
    *,
    threshold: float,
    false_discovery_rate: float,
) -> pd.DataFrame:
    """Power and false-discovery rate of the fixed design, by paired, models and images a group."""
    rows = []
    for images in range(1, core.shape[-1] + 1):
        tries = Trials(core[..., :images], spurious[..., :images])
        for size in range(1, core.shape[2] + 1):
            sets = pool.sets_of(size)
            for paired in (False, True):
                decision = "corrected_paired" if paired else "corrected"
                kept = tries.decide(sets, decision, threshold, false_discovery_rate)
                true = np.broadcast_to(pool.true_of(sets), kept.shape)
                rows.append((paired, size, images, _mean(kept[true]), _mean(~true[kept])))
    columns = ["paired", "models", "images", "power", "false_discovery_rate"]
    return pd.DataFrame(rows, columns=columns).set_index(columns[:3]).sort_index()


def _mean(marks: NDArray[np.bool_]) -> float:
    return float(marks.mean()) if marks.size else np.nan


def count_batches(core: NDArray, spurious: NDArray, ends: NDArray) -> NDArray[np.int64]:
    """Count the answers of batches of images.

    Args:
        core: Whether core images are answered rightly, shape (..., C, M, N).
        spurious: Whether spurious ones are, of the same shape.
        ends: Number of images after each batch.

    Returns:
        Counts as `decide_in_batches` takes them, shape (..., C, M, batches, 6).
    """
    ones = np.ones_like(core)
    by_name = {
        "n_core": ones,
        "n_spurious": ones,
        "right_core": core,
        "right_spurious": spurious,
        "only_core": core & ~spurious,
        "only_spurious": ~core & spurious,
    }
    starts = np.concatenate([[0], ends[:-1]])
    columns = [
        np.add.reduceat(by_name[name][..., : ends[-1]].astype(np.int64), starts, axis=-1)
        for name in COUNTS
    ]
    return np.stack(columns, axis=-1)


def _parts(pool: Pool, true: NDArray[np.bool_]) -> dict[str, NDArray[np.bool_]]:
    """Which candidates are meant, in every try."""
    control = np.broadcast_to(~pool.planted, true.shape)
    return {"all": np.ones_like(true), "true": true, "control": control}


def _saved(used: Estimate, whole: int) -> dict[str, float]:
    """Set the images that were used beside those of the fixed design."""
    return {
        "n": used.n,
        "fixed_images": whole,
        "sequential_images": used.value,
        "saved": 1 - used.value / whole,
        "low": 1 - used.high / whole,
        "high": 1 - used.low / whole,
    }


def _beside(
    rates: Rates, fixed: pd.DataFrame, images_per_group: int, used: Estimate
) -> dict[str, float]:
    """Set power and errors beside those of the fixed design, and find its size of equal power."""
    usual = fixed.loc[images_per_group]
    able = fixed.index[fixed["power"] >= rates.power.value]
    equal = TWO_GROUPS * able.min() if len(able) else np.nan
    return {
        "fixed_power": usual["power"],
        "power": rates.power.value,
        "power_low": rates.power.low,
        "power_high": rates.power.high,
        "fixed_fdr": usual["false_discovery_rate"],
        "false_discovery_rate": rates.false.value,
        "fdr_low": rates.false.low,
        "fdr_high": rates.false.high,
        "equal_images": equal,
        "equal_saved": 1 - used.value / equal,
        "equal_low": 1 - used.high / equal,
        "equal_high": 1 - used.low / equal,
    }


def _mean_images(images: NDArray, part: NDArray, clusters: NDArray) -> Estimate:
    if not part.any():
        return Estimate(0, np.nan, np.nan, np.nan)
    labels = np.broadcast_to(clusters, images.shape)
    found = clustered_mean(images[part], labels[part])
    return Estimate(
        round(found.n * images.shape[-1] / images.size), found.value, found.low, found.high
    )
