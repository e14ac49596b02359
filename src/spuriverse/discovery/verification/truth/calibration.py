"""How often each decision of verification errs, on candidates of known truth."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spuriverse.discovery.verification.multiplicity import confirm
from spuriverse.discovery.verification.truth.pool import Pool
from spuriverse.statistics import (
    Estimate,
    clustered_share,
    fisher_one_sided,
    paired_one_sided,
)

DECISIONS = ("paper", "corrected", "corrected_paired")

CALIBRATION_COLUMNS = (
    *("decision", "models", "images"),
    *("n_control", "control_kept", "control_low", "control_high"),
    *("n_true", "power", "power_low", "power_high"),
    *("power_kept", "power_kept_low", "power_kept_high"),
    *("n_kept", "false_discovery_rate", "fdr_low", "fdr_high"),
    "control_share",
)


@dataclass(frozen=True)
class Rates:
    """What a decision did to the candidates of a pool, over many tries.

    Attributes:
        control: Share of the control candidates that are kept.
        power: Share of the true candidates that are kept.
        false: Share of the kept candidates that are not true.
        control_share: Share of the kept candidates that name a control attribute.
        kept: Mean number of kept candidates.
    """

    control: Estimate
    power: Estimate
    false: Estimate
    control_share: float
    kept: float


def tabulate_calibration(
    pool: Pool,
    *,
    sizes: Sequence[int],
    orders: int,
    threshold: float,
    false_discovery_rate: float,
    seed: int,
) -> pd.DataFrame:
    """Try every decision on more and more images, with more and more models.

    A decision sees the first images of a random order, and every set of models of a size counts
    alike. A kept candidate is true if its attribute took hold in a model of the set, and false
    otherwise: a control attribute, or a planted one that no model of the set learned.

    Args:
        pool: As `read_pool` returns it.
        sizes: Images a group.
        orders: Random orders of the images.
        threshold: Least gap of a kept candidate.
        false_discovery_rate: Level over candidates.
        seed: Of the orders.

    Returns:
        The columns of `CALIBRATION_COLUMNS`, with intervals over attributes; n_kept is the mean
        number of kept candidates, and power_kept the share of the true candidates kept by the
        paper's rule that the decision keeps as well.
    """
    drawn = list(pool.orders(orders, seed))
    rows = []
    for images in sizes:
        tries = [_tests(core[..., :images], spurious[..., :images]) for core, spurious in drawn]
        for size in range(1, pool.core.shape[1] + 1):
            sets = [models for models in pool.sets() if len(models) == size]
            kept = {
                decision: {
                    tuple(models): [
                        _decide(tests, models, decision, threshold, false_discovery_rate)
                        for tests in tries
                    ]
                    for models in sets
                }
                for decision in DECISIONS
            }
            for decision in DECISIONS:
                rates = rate_decision(pool, kept[decision])
                of_paper = _power_kept(pool, kept[decision], kept["paper"])
                rows.append(
                    {"decision": decision, "models": size, "images": images, **_columns(rates)}
                    | {
                        "power_kept": of_paper.value,
                        "power_kept_low": of_paper.low,
                        "power_kept_high": of_paper.high,
                    }
                )
    return pd.DataFrame(rows)[list(CALIBRATION_COLUMNS)]


def rate_decision(pool: Pool, kept: dict[tuple[int, ...], list[NDArray[np.bool_]]]) -> Rates:
    """Rate a decision, with intervals over attributes.

    Args:
        pool: The candidates.
        kept: Set of models -> what was kept in each try, shape (C,).
    """
    marks, true = zip(*_by_set(pool, kept), strict=True)
    kept_here, is_true = np.concatenate(marks), np.concatenate(true)
    attributes = _attributes(pool, len(kept_here))
    control = np.tile(~pool.planted, len(kept_here) // len(pool.planted))

    def rate(values: NDArray, where: NDArray) -> Estimate:
        if not where.any():
            return Estimate(0, np.nan, np.nan, np.nan)
        found = clustered_share(values[where], attributes[where])
        # Tries of one candidate are no further candidates.
        n = round(found.n * len(pool.attributes) / len(kept_here))
        return Estimate(n, found.value, found.low, found.high)

    everything = int(kept_here.sum())
    return Rates(
        rate(kept_here, control),
        rate(kept_here, is_true),
        rate(~is_true, kept_here),
        float(control[kept_here].mean()) if everything else np.nan,
        everything * len(pool.attributes) / len(kept_here),
    )


def _by_set(
    pool: Pool, kept: dict[tuple[int, ...], list[NDArray[np.bool_]]]
) -> Iterator[tuple[NDArray, NDArray]]:
    for models, tries in kept.items():
        true = pool.true_of(models)
        for marks in tries:
            yield marks, true


def _power_kept(
    pool: Pool,
    kept: dict[tuple[int, ...], list[NDArray[np.bool_]]],
    by_paper: dict[tuple[int, ...], list[NDArray[np.bool_]]],
) -> Estimate:
    """Of the true candidates that the gap alone keeps, the share that a decision keeps as well.

    A decision that asks for the gap and more keeps a part of them, so that this is its power
    divided by that of the gap alone.
    """
    marks, true = zip(*_by_set(pool, kept), strict=True)
    papers, _ = zip(*_by_set(pool, by_paper), strict=True)
    where = np.concatenate(papers) & np.concatenate(true)
    if not where.any():
        return Estimate(0, np.nan, np.nan, np.nan)
    return clustered_share(np.concatenate(marks)[where], _attributes(pool, len(where))[where])


def _attributes(pool: Pool, length: int) -> NDArray[np.str_]:
    return np.tile(pool.attributes, length // len(pool.attributes))


def decide(
    core: NDArray[np.bool_],
    spurious: NDArray[np.bool_],
    decision: str,
    threshold: float,
    false_discovery_rate: float,
) -> NDArray[np.bool_]:
    """Return which candidates a decision keeps, shape (C,).

    Args:
        core: Whether core images are answered rightly, shape (C, M, N).
        spurious: Whether the spurious images of the same pairs are.
        decision: One of `DECISIONS`.
        threshold: Least gap of a kept candidate.
        false_discovery_rate: Level over candidates.
    """
    models = list(range(core.shape[1]))
    return _decide(_tests(core, spurious), models, decision, threshold, false_discovery_rate)


@dataclass(frozen=True)
class _Tests:
    """Gap and p-values of every candidate and model, each of shape (C, M)."""

    gap: NDArray[np.float64]
    fisher: NDArray[np.float64]
    paired: NDArray[np.float64]


def _tests(core: NDArray[np.bool_], spurious: NDArray[np.bool_]) -> _Tests:
    n = core.shape[-1]
    right_core, right_spurious = core.sum(-1), spurious.sum(-1)
    return _Tests(
        (right_core - right_spurious) / n,
        fisher_one_sided(right_core, n, right_spurious, n),
        paired_one_sided((core & ~spurious).sum(-1), (~core & spurious).sum(-1), n),
    )


def _decide(
    tests: _Tests, models: list[int], decision: str, threshold: float, rate: float
) -> NDArray[np.bool_]:
    gaps = tests.gap[:, models]
    if decision == "paper":
        return np.asarray((gaps > threshold).any(axis=1))
    paired = decision == "corrected_paired"
    p = (tests.paired if paired else tests.fisher)[:, models]
    _, confirmed = confirm(p, gaps, threshold=threshold, false_discovery_rate=rate, paired=paired)
    return np.asarray(confirmed.any(axis=1))


def _columns(rates: Rates) -> dict[str, object]:
    return {
        "n_control": rates.control.n,
        "control_kept": rates.control.value,
        "control_low": rates.control.low,
        "control_high": rates.control.high,
        "n_true": rates.power.n,
        "power": rates.power.value,
        "power_low": rates.power.low,
        "power_high": rates.power.high,
        "n_kept": rates.kept,
        "false_discovery_rate": rates.false.value,
        "fdr_low": rates.false.low,
        "fdr_high": rates.false.high,
        "control_share": rates.control_share,
    }
