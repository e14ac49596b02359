"""The confirmation of the way out: robustness at a given loss, and loss at equal robustness."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from spuriverse.finetuning.mitigations.comparison import (
    CURVE_COLUMNS,
    ONE_SIDED,
    tabulate_curves,
)
from spuriverse.finetuning.mitigations.curves import most_robust_point, pareto_front
from spuriverse.finetuning.mitigations.levels import (
    ENVELOPE,
    MIXING,
    SCALING,
    SPLIT,
    add_losses,
    curves_of,
    losses_at_levels,
)
from spuriverse.finetuning.mitigations.study import BASE
from spuriverse.statistics import Estimate, mean_over_splits

WAY_OUT_COLUMNS = (
    *("base_model", "method", "setting", "measure", "at", "splits", "value", "low", "high"),
    *("baseline", "difference", "difference_low", "difference_high"),
    *("contrast", "contrast_low", "contrast_high", "goal"),
)
WAY_OUT_SHOWN = {
    "Base model": "{base_model}",
    "Method": "{method}",
    "Setting": "{setting}",
    "Measure": "{measure}",
    "At": "{at:g}",
    "Splits": "{splits}",
    "Value": "{value:.3f} ({low:.3f} to {high:.3f})",
    "Minus envelope": "{difference:.3f} ({difference_low:.3f} to {difference_high:.3f})",
    "Goal reached": "{goal}",
}
ROBUSTNESS, LOSS = "robustness at loss", "loss at level"
BLIND = "blind"
"""A model that does not see the attribute, as the base model's answers to the twins show it."""
LEAST_GAIN = 0.10
"""Robustness that the goal asks for beyond the envelope's, at equal loss."""


def tabulate_way_out(
    points: pd.DataFrame, *, losses: Sequence[float], levels: Sequence[float]
) -> pd.DataFrame:
    """Compare every method with the envelope of mixing, by the protocol of the confirmation.

    Args:
        points: A `mitigation_points` table of part "test".
        losses: Most that may be lost, for the primary measure.
        levels: Proportions of mixing, for the secondary one, as in `losses_at_levels`.

    Returns:
        The columns of `WAY_OUT_COLUMNS`. `value` is the robustness at a loss of at most `at`, or
        the loss at the robustness that mixing has at the proportion `at`; `difference` is the mean
        over splits of value less the envelope's. `contrast` is that of the loss less half the
        envelope's, with limits at 90 %; blank for robustness. `goal`: of robustness, at least
        `LEAST_GAIN` more with the interval above 0; of loss, at most half.
    """
    points = points[points["part"] == "test"]
    splits = points.drop_duplicates(list(SPLIT))
    ratio = float((splits["held_out"] / splits["trained_on"]).mean())
    robust = robustness_at_losses(points, losses)
    cheap = losses_at_levels(points, levels).rename(columns={"loss": "value", "level": "at"})
    rows = [*_rows(robust, ROBUSTNESS, ratio), *_rows(cheap, LOSS, ratio)]
    return pd.DataFrame(rows, columns=list(WAY_OUT_COLUMNS))


def robustness_at_losses(points: pd.DataFrame, losses: Sequence[float]) -> pd.DataFrame:
    """Measure how robust every curve of every split is at a loss.

    On one half of the images the most robust point is chosen among those that lose no more, on the
    other it is measured, and the halves are swapped. The base model is a point of every curve, so
    that each has one that loses nothing.

    Args:
        points: A `mitigation_points` table.
        losses: Most that may be lost against the base model, 0 or more.

    Returns:
        A row per split, curve and loss: the columns of `SPLIT`, method, setting, at and value.
    """
    rows = []
    for key, split in add_losses(points).groupby(list(SPLIT), sort=True):
        halves = dict(iter(split.groupby("half")))
        known = dict(zip(SPLIT, key, strict=True))
        for at in losses:
            found: dict[tuple[str, str], list[float]] = {}
            for half, here in halves.items():
                for curve, value in _measured(here, halves[1 - half], at):
                    found.setdefault(curve, []).append(value)
            for (method, setting), values in found.items():
                curve_of = {"method": method, "setting": setting, "at": at}
                rows.append({**known, **curve_of, "value": float(np.mean(values))})
    return pd.DataFrame(rows)


def choose_points(here: pd.DataFrame, at: float) -> Iterator[tuple[tuple[str, str], pd.Series]]:
    """Yield of every curve the most robust point that loses at most `at`.

    Args:
        here: One split's points on the half that chooses, as `add_losses` returns them.
        at: Most that may be lost.

    Yields:
        Method and setting of the curve, as in `curves_of`, and the row of the point; its knob is
        below 0 where that is the base model.
    """
    for curve, rows in curves_of(here):
        yield curve, rows.iloc[most_robust_point(rows["spurious"], rows["loss"], at)]


def _measured(
    here: pd.DataFrame, there: pd.DataFrame, at: float
) -> Iterator[tuple[tuple[str, str], float]]:
    keys = ["method", "setting", "knob"]
    for curve, chosen in choose_points(here, at):
        same = (there[keys] == chosen[keys]).all(axis=1)
        yield curve, float(there.loc[same, "spurious"].iloc[0])


def _rows(measured: pd.DataFrame, measure: str, ratio: float) -> Iterator[dict[str, Any]]:
    split = ["seed", "fold"]
    for (model, at), part in measured.groupby(["base_model", "at"], sort=True):
        envelope = part[part["method"] == ENVELOPE].set_index(split)["value"]
        for (method, setting), curve in part.groupby(["method", "setting"], sort=True):
            value = curve.set_index(split)["value"]
            baseline = envelope.reindex(value.index)
            mean = mean_over_splits(value, test_to_train=ratio)
            gain = mean_over_splits(value - baseline, test_to_train=ratio)
            half = Estimate(0, np.nan, np.nan, np.nan)
            if measure == LOSS:
                half = mean_over_splits(value - baseline / 2, test_to_train=ratio, level=ONE_SIDED)
            reached = gain.value >= LEAST_GAIN and gain.low > 0
            yield {
                **{"base_model": model, "method": method, "setting": setting, "at": at},
                **{"measure": measure, "splits": len(value)},
                **{"value": mean.value, "low": mean.low, "high": mean.high},
                **{"baseline": float(baseline.mean()), "difference": gain.value},
                **{"difference_low": gain.low, "difference_high": gain.high},
                **{"contrast": half.value, "contrast_low": half.low, "contrast_high": half.high},
                "goal": bool(half.high < 0 if measure == LOSS else reached),
            }


def tabulate_way_out_curves(points: pd.DataFrame) -> pd.DataFrame:
    """Tabulate the mean curves, with the baseline's and a blind model beside them.

    Args:
        points: A `mitigation_points` table of part "test".

    Returns:
        The columns of `CURVE_COLUMNS`. The method `ENVELOPE` has those points of mixing and of its
        scales that no other of them beats in both, in the order of their robustness; `BLIND` has
        one point per base model. `pareto` is that of the methods alone.
    """
    curves = tabulate_curves(points)
    tables = [curves]
    for model, table in curves.groupby("base_model", sort=True):
        ours = table[table["method"].isin((MIXING, SCALING))]
        ours = ours.drop_duplicates(["robustness", "loss"])
        front = ours[pareto_front(ours["robustness"], ours["loss"])].sort_values("robustness")
        places = np.arange(len(front), dtype=float) - 1
        tables.append(front.assign(method=ENVELOPE, setting="{}", knob=places))
        tables.append(_blind(points[points["base_model"] == model]).assign(base_model=model))
    return pd.concat(tables, ignore_index=True)[list(CURVE_COLUMNS)]


def _blind(points: pd.DataFrame) -> pd.DataFrame:
    base = points[(points["method"] == BASE) & (points["part"] == "test")]
    ratio = float((base["held_out"] / base["trained_on"]).mean())
    measured = base.assign(
        robustness=base["core"],
        accuracy=(base["aligned_without_cue"] + base["ordinary"]) / 2,
        loss=base["aligned"] - base["aligned_without_cue"],
    )
    split = measured.groupby(["seed", "fold"])[["robustness", "accuracy", "loss"]].mean()
    row = {"method": BLIND, "setting": "{}", "knob": 0.0, "splits": len(split), "pareto": False}
    for name in ("robustness", "accuracy"):
        found = mean_over_splits(split[name], test_to_train=ratio)
        row |= {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}
    return pd.DataFrame([{**row, "loss": float(split["loss"].mean())}])
