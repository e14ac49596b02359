"""How often each decision of verification errs, on candidates of known truth."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spuriverse.discovery.verification.multiplicity import confirm, confirm_pairs
from spuriverse.discovery.verification.truth.pool import Pool
from spuriverse.statistics import (
    Estimate,
    clustered_share,
    fisher_one_sided,
)

DECISIONS = ("paper", "corrected", "corrected_paired")

CALIBRATION_COLUMNS = (
    *("decision", "models", "images"),
    *("n_control", "control_kept", "control_low", "control_high"),
    *("n_true", "power", "power_low", "power_high"),
    *("power_kept", "power_kept_low", "power_kept_high"),
    *("n_kept", "false_discovery_rate", "fdr_low", "fdr_high"),
    "control_share",
    *("no_fresh_gap", "no_fresh_low", "no_fresh_high"),
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
        paper's rule that the decision keeps as well. no_fresh_gap is the share of the kept ones
        that show no gap on fresh images, in the model whose gap was the largest: a candidate kept
        by chance alone has none in at least half of the cases, however its attribute is called.
    """
    core, spurious = map(np.stack, zip(*pool.orders(orders, seed), strict=True))
    rows = []
    for images in sizes:
        tries = Trials(core[..., :images], spurious[..., :images])
        for size in range(1, pool.core.shape[1] + 1):
            sets = pool.sets_of(size)
            kept = {
                decision: tries.decide(sets, decision, threshold, false_discovery_rate)
                for decision in DECISIONS
            }
            for decision in DECISIONS:
                rates = rate_decision(pool, sets, kept[decision])
                of_paper = _power_kept(pool, sets, kept[decision], kept["paper"])
                gapless = _share(pool, _lack_fresh_gap(pool, sets, tries), kept[decision])
                rows.append(
                    {"decision": decision, "models": size, "images": images, **_columns(rates)}
                    | {
                        "power_kept": of_paper.value,
                        "power_kept_low": of_paper.low,
                        "power_kept_high": of_paper.high,
                        "no_fresh_gap": gapless.value,
                        "no_fresh_low": gapless.low,
                        "no_fresh_high": gapless.high,
                    }
                )
    return pd.DataFrame(rows)[list(CALIBRATION_COLUMNS)]


def rate_decision(pool: Pool, sets: Sequence[Sequence[int]], kept: NDArray[np.bool_]) -> Rates:
    """Rate a decision, with intervals over attributes.

    Args:
        pool: The candidates.
        sets: Sets of models, all of one size.
        kept: What was kept in each try with each of them, shape (tries, sets, C).
    """
    true = np.broadcast_to(pool.true_of(sets), kept.shape)
    control = np.broadcast_to(~pool.planted, kept.shape)

    def rate(values: NDArray, where: NDArray) -> Estimate:
        found = _share(pool, values, where)
        # Tries of one candidate are no further candidates.
        return replace(found, n=round(found.n * len(pool.clusters) / kept.size))

    everything = int(kept.sum())
    return Rates(
        rate(kept, control),
        rate(kept, true),
        rate(~true, kept),
        float(control[kept].mean()) if everything else np.nan,
        everything * len(pool.clusters) / kept.size,
    )


def _share(pool: Pool, values: NDArray, where: NDArray) -> Estimate:
    """The share of candidates, of those somewhere; all of shape (tries, sets, C)."""
    if not where.any():
        return Estimate(0, np.nan, np.nan, np.nan)
    return clustered_share(values[where], np.broadcast_to(pool.clusters, where.shape)[where])


def _power_kept(
    pool: Pool, sets: Sequence[Sequence[int]], kept: NDArray, by_paper: NDArray
) -> Estimate:
    """Of the true candidates that the gap alone keeps, the share that a decision keeps as well.

    A decision that asks for the gap and more keeps a part of them, so that this is its power
    divided by that of the gap alone.
    """
    return _share(pool, kept, by_paper & pool.true_of(sets))


def _lack_fresh_gap(
    pool: Pool, sets: Sequence[Sequence[int]], tries: "Trials"
) -> NDArray[np.bool_]:
    """Whether a candidate has no gap on fresh images in the model whose gap was the largest."""
    largest = of_sets(tries.gap, sets).argmax(axis=-1)
    fresh = of_sets(pool.fresh_gap[np.newaxis], sets)
    fresh = np.broadcast_to(fresh, (*largest.shape, fresh.shape[-1]))
    return np.take_along_axis(fresh, largest[..., np.newaxis], -1)[..., 0] <= 0


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
    trials, models = Trials(core[np.newaxis], spurious[np.newaxis]), list(range(core.shape[1]))
    return trials.decide([models], decision, threshold, false_discovery_rate)[0, 0]


@dataclass(frozen=True)
class Trials:
    """Answers in several orders of the images, with their tests, which are made when needed.

    Attributes:
        core: Whether core images are answered rightly, shape (orders, C, M, N).
        spurious: Whether the spurious images of the same pairs are.
    """

    core: NDArray[np.bool_]
    spurious: NDArray[np.bool_]

    def decide(
        self, sets: Sequence[Sequence[int]], decision: str, threshold: float, rate: float
    ) -> NDArray[np.bool_]:
        """Return what a decision keeps with each set of models, shape (orders, sets, C).

        Args:
            sets: Sets of models, all of one size.
            decision: One of `DECISIONS`.
            threshold: Least gap of a kept candidate.
            rate: False-discovery level over candidates.
        """
        level = {"threshold": threshold, "false_discovery_rate": rate}
        if decision == "corrected_paired":
            return self._decide_pairs(sets, level)
        gaps = of_sets(self.gap, sets)
        if decision == "paper":
            return np.asarray((gaps > threshold).any(axis=-1))
        _, confirmed = confirm(of_sets(self._fisher, sets), gaps, **level)
        return np.asarray(confirmed.any(axis=-1))

    def _decide_pairs(
        self, sets: Sequence[Sequence[int]], level: dict[str, float]
    ) -> NDArray[np.bool_]:
        differences = self.core.astype(np.int8) - self.spurious.astype(np.int8)
        families = of_sets(differences, sets)
        answered = np.full(families.shape[2:-1], families.shape[-1])
        kept = [
            [confirm_pairs(family, answered, **level)[1].any(axis=-1) for family in order]
            for order in families
        ]
        return np.array(kept, bool).reshape(families.shape[:3])

    @cached_property
    def gap(self) -> NDArray[np.float64]:
        """Shape (orders, C, M), as everything here."""
        n = self.core.shape[-1]
        return np.asarray((self.core.sum(-1) - self.spurious.sum(-1)) / n)

    @cached_property
    def _fisher(self) -> NDArray[np.float64]:
        """p-values of Fisher's test."""
        n = self.core.shape[-1]
        return fisher_one_sided(self.core.sum(-1), n, self.spurious.sum(-1), n)


def of_sets(values: NDArray, sets: Sequence[Sequence[int]]) -> NDArray:
    """Return what belongs to sets of models, all of one size.

    Args:
        values: Of every order, candidate and model, shape (orders, C, M, ...).
        sets: Sets of models.

    Returns:
        Shape (orders, sets, C, size, ...).
    """
    return np.moveaxis(values[:, :, np.asarray(sets)], 2, 1)


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
