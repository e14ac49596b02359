"""How many images the sequential design saves, on candidates of known truth."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spuriverse.discovery.verification.counts import COUNTS
from spuriverse.discovery.verification.sequential import decide_in_batches
from spuriverse.discovery.verification.truth.calibration import rate_decision, tabulate_calibration
from spuriverse.discovery.verification.truth.pool import Pool
from spuriverse.statistics import Estimate, cluster_bootstrap

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
    resamples: int,
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
        seed: Of the orders and of the bootstrap, which resamples attributes.
        resamples: Of the bootstrap.

    Returns:
        The columns of `SAVINGS_COLUMNS`; images are means a candidate, of both groups together.
        The last columns compare with the smallest fixed design of at least the same power; they are
        missing where none that was tried has it.
    """
    common: dict[str, Any] = {
        "orders": orders,
        "threshold": threshold,
        "false_discovery_rate": false_discovery_rate,
        "seed": seed,
    }
    sizes = range(1, pool.core.shape[2] + 1)
    fixed = tabulate_calibration(pool, sizes=sizes, **common)
    rows = []
    for paired in (False, True):
        decision = "corrected_paired" if paired else "corrected"
        here = fixed[fixed["decision"] == decision]
        for each in sorted({1, step}):
            for size in range(1, pool.core.shape[1] + 1):
                design = {"step": each, "most_images": most_images, "paired": paired}
                tries = _try(pool, size, design, **common)
                rows += _rows(pool, here, images_per_group, size, design, tries, seed, resamples)
    return pd.DataFrame(rows)[list(SAVINGS_COLUMNS)]


def _try(
    pool: Pool,
    size: int,
    design: dict[str, int],
    *,
    orders: int,
    threshold: float,
    false_discovery_rate: float,
    seed: int,
) -> dict[tuple[int, ...], list[tuple[NDArray, NDArray]]]:
    """Run the design with every set of models of a size: what is kept, and images per group."""
    ends = np.minimum(
        np.arange(design["step"], design["most_images"] + design["step"], design["step"]),
        design["most_images"],
    )
    sets = [tuple(models) for models in pool.sets() if len(models) == size]
    tries: dict[tuple[int, ...], list[tuple[NDArray, NDArray]]] = {models: [] for models in sets}
    for core, spurious in pool.orders(orders, seed):
        counts = count_batches(core, spurious, ends)
        for models in sets:
            verdicts = decide_in_batches(
                counts[:, list(models)],
                threshold=threshold,
                false_discovery_rate=false_discovery_rate,
                paired=bool(design["paired"]),
            )
            tries[models].append((verdicts.kept, ends[verdicts.batches - 1]))
    return tries


def count_batches(core: NDArray, spurious: NDArray, ends: NDArray) -> NDArray[np.int64]:
    """Count the answers of batches of images.

    Args:
        core: Whether core images are answered rightly, shape (C, M, N).
        spurious: Whether spurious ones are, shape (C, M, N).
        ends: Number of images after each batch.

    Returns:
        Counts as `decide_in_batches` takes them, shape (C, M, batches, 6).
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
        np.add.reduceat(by_name[name][..., : ends[-1]].astype(np.int64), starts, axis=2)
        for name in COUNTS
    ]
    return np.stack(columns, axis=-1)


def _rows(
    pool: Pool,
    fixed: pd.DataFrame,
    images_per_group: int,
    size: int,
    design: dict[str, int],
    tries: dict[tuple[int, ...], list[tuple[NDArray, NDArray]]],
    seed: int,
    resamples: int,
) -> list[dict[str, object]]:
    kept = {models: [marks for marks, _ in runs] for models, runs in tries.items()}
    rates = rate_decision(pool, kept)
    of_size = fixed[fixed["models"] == size].set_index("images")
    usual = of_size.loc[images_per_group]
    able = of_size.index[of_size["power"] >= rates.power.value]
    equal = TWO_GROUPS * able.min() if len(able) else np.nan
    images = TWO_GROUPS * np.stack([used for runs in tries.values() for _, used in runs])
    true = np.stack([pool.true_of(s) for s, runs in tries.items() for _ in runs])
    parts = {
        "all": np.ones_like(true),
        "true": true,
        "control": np.broadcast_to(~pool.planted, true.shape),
    }
    rows = []
    for name, part in parts.items():
        used = _mean_images(images, part, pool.attributes, seed, resamples)
        whole = TWO_GROUPS * images_per_group
        row = {
            "models": size,
            **design,
            "candidates": name,
            "n": used.n,
            "fixed_images": whole,
            "sequential_images": used.value,
            "saved": 1 - used.value / whole,
            "low": 1 - used.high / whole,
            "high": 1 - used.low / whole,
        }
        if name == "all":
            row |= {
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
        rows.append({column: row.get(column, np.nan) for column in SAVINGS_COLUMNS})
    return rows


def _mean_images(
    images: NDArray, part: NDArray, attributes: NDArray, seed: int, resamples: int
) -> Estimate:
    if not part.any():
        return Estimate(0, np.nan, np.nan, np.nan)
    labels = np.broadcast_to(attributes, images.shape)
    found = cluster_bootstrap(images[part], labels[part], seed=seed, resamples=resamples)
    return Estimate(round(found.n / len(images)), found.value, found.low, found.high)
