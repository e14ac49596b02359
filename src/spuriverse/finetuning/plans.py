"""Which runs per study has: one function a study, and the split each run is made on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

REGIMES = {
    "anchor": 1.0,
    "spurious_group": 1.0,
    "non_spurious": 0.0,
    "mixed": 0.5,
}
"""Regime -> its share of spurious samples. The paper does not say what its mixed regime mixes;
half and half is our choice."""


@dataclass(frozen=True)
class Plan:
    """One run of a study.

    Attributes:
        name: What tells it from the other runs of its study and seed.
        regime: A key of `REGIMES`.
        proportion: Share of spurious samples in training.
        layers: Towers that get adapters.
        n_types: Training types whose images are used; all by default.
        column: A column of the types by which some are held out, in place of the split.
        held_out: The value of that column whose types are held out.
        n_attributes: Training attributes whose types are used; all by default.
        per_attribute: Most types that are used of an attribute; all by default.
        n_spurious: Spurious samples in training, in place of the share.
    """

    name: str
    regime: str
    proportion: float
    layers: str
    n_types: int | None = None
    column: str = ""
    held_out: str = ""
    n_attributes: int | None = None
    per_attribute: int | None = None
    n_spurious: int | None = None


Settings = Mapping[str, Any]
Planner = Callable[[Settings, pd.DataFrame, int], list[Plan]]


def plan_runs(study: str, settings: Settings, types: pd.DataFrame, n_train: int) -> list[Plan]:
    """Return the runs of one study on one split.

    Args:
        study: A key of `STUDIES`, or `transfer-` and the model on which the types were found.
        settings: What the study asks for, and `layers`.
        types: The types with the column `benchmark`.
        n_train: Training types of the split.
    """
    return STUDIES[study.partition("-")[0]](settings, types, n_train)


def hold_out(splits: pd.DataFrame, types: pd.DataFrame, plan: Plan, seed: int) -> pd.DataFrame:
    """Return the split a plan is made on.

    A plan that holds out a kind or a benchmark tests on all its types, validates on the others of
    the split's validation part and trains on all that remain; if an attribute is held out, all
    its types are.

    Args:
        splits: A `splits` table.
        types: Types with the column `benchmark`.
        plan: The plan.
        seed: Which split.
    """
    split = splits[splits["seed"] == seed]
    if not plan.column:
        return split
    out = set(types.loc[types[plan.column] == plan.held_out, "attribute"])
    attribute = split["type_id"].map(types.set_index("type_id")["attribute"])
    part = split["part"].mask(split["part"] == "test", "train").mask(attribute.isin(out), "test")
    return split.assign(part=part)


def _tradeoff(settings: Settings, types: pd.DataFrame, n_train: int) -> list[Plan]:
    return [
        Plan(f"proportion-{share:g}", "mixed", share, settings["layers"])
        for share in settings["proportions"]
    ]


def _regimes(settings: Settings, types: pd.DataFrame, n_train: int) -> list[Plan]:
    return [
        Plan(f"{regime}-{layers}", regime, REGIMES[regime], layers)
        for regime in settings["regimes"]
        for layers in settings["all_layers"]
    ]


def _ablation(settings: Settings, types: pd.DataFrame, n_train: int) -> list[Plan]:
    total = settings["type_total"]
    counts = [round(n / total * n_train) if total else n for n in settings["type_counts"]]
    return [
        Plan(f"types-{n}", "mixed", min(1.0, n / n_train), settings["layers"], n)
        for n in dict.fromkeys(counts)
    ]


def _kinds(settings: Settings, types: pd.DataFrame, n_train: int) -> list[Plan]:
    return _leave_one_out("kind", types["kind"].unique(), settings)


def _benchmarks(settings: Settings, types: pd.DataFrame, n_train: int) -> list[Plan]:
    return _leave_one_out("benchmark", types["benchmark"].unique(), settings)


def _transfer(settings: Settings, types: pd.DataFrame, n_train: int) -> list[Plan]:
    return [Plan("spurious_group", "spurious_group", 1.0, settings["layers"])]


def _diversity(settings: Settings, types: pd.DataFrame, n_train: int) -> list[Plan]:
    """As many spurious images for all; what differs is on how many attributes and types."""
    share = min(1.0, settings["images"] / settings["samples"])
    return [
        Plan(
            f"attributes-{attributes}-types-{per_attribute}",
            *("mixed", share, settings["layers"]),
            n_attributes=attributes,
            per_attribute=per_attribute,
            n_spurious=settings["images"],
        )
        for attributes, per_attribute in settings["runs"]
    ]


def _leave_one_out(column: str, values: Sequence[str], settings: Settings) -> list[Plan]:
    """Nothing can be left out where there is one value only."""
    names = sorted(values) if len(values) > 1 else []
    return [
        Plan(
            f"{column}-{name}",
            "spurious_group",
            1.0,
            settings["layers"],
            column=column,
            held_out=name,
        )
        for name in names
    ]


STUDIES: Mapping[str, Planner] = {
    "tradeoff": _tradeoff,
    "association": _tradeoff,
    "regimes": _regimes,
    "ablation": _ablation,
    "kinds": _kinds,
    "benchmarks": _benchmarks,
    "transfer": _transfer,
    "diversity": _diversity,
}
