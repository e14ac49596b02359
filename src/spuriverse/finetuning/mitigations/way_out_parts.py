"""Where the way out works and where it fails: by kind of attribute, and by question."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from spuriverse.finetuning.mitigations.levels import ENVELOPE, SPLIT, add_losses
from spuriverse.finetuning.mitigations.study import BASE
from spuriverse.finetuning.mitigations.way_out import choose_points
from spuriverse.statistics import Estimate, mean_over_splits

WAY_OUT_PART_COLUMNS = (
    *("base_model", "method", "setting", "at", "grouping", "group", "splits", "n"),
    *("robustness", "robustness_low", "robustness_high", "baseline"),
    *("difference", "difference_low", "difference_high"),
    *("loss", "loss_low", "loss_high", "baseline_loss"),
)
_KEYS = ["base_model", "method", "setting", "at", "grouping", "group"]
_CURVE = ["method", "setting", "knob"]


def tabulate_way_out_parts(
    points: pd.DataFrame, parts: pd.DataFrame, *, losses: Sequence[float]
) -> pd.DataFrame:
    """Say for every kind of attribute and every question what the chosen points are worth there.

    The points are those of the primary measure: chosen on one half of all images at a loss of at
    most `at`, and measured on the other half, here group by group.

    Args:
        points: A `mitigation_points` table of part "test".
        parts: The `mitigation_parts` of the same points.
        losses: Most that may be lost, as in `robustness_at_losses`.

    Returns:
        The columns of `WAY_OUT_PART_COLUMNS`, a row per curve, loss and group. `splits` hold the
        group out, `n` spurious questions of it are asked in them. `robustness` is the mean over
        these splits, `difference` that of it less the envelope's, both with 95 % intervals where
        there are two splits or more. `loss` is what aligned and ordinary questions of the group
        lose together, of a kind the aligned ones alone; missing where none was asked.
    """
    points = points[points["part"] == "test"]
    splits = points.drop_duplicates(list(SPLIT))
    ratio = float((splits["held_out"] / splits["trained_on"]).mean())
    found = pd.DataFrame(_by_split(points, parts, losses))
    if found.empty:
        return pd.DataFrame(columns=list(WAY_OUT_PART_COLUMNS))
    split = ["seed", "fold"]
    means = found.groupby([*_KEYS, *split], sort=True).agg(
        n=("n", "sum"), robustness=("robustness", "mean"), loss=("loss", "mean")
    )
    baseline = means.xs((ENVELOPE, "{}"), level=("method", "setting"))
    baseline = baseline[["robustness", "loss"]].add_prefix("of_envelope_").reset_index()
    joined = means.reset_index().merge(
        baseline, on=["base_model", "at", "grouping", "group", *split]
    )
    rows = [
        {**dict(zip(_KEYS, key, strict=True)), **_summary(rows, ratio)}
        for key, rows in joined.groupby(_KEYS, sort=True)
    ]
    return pd.DataFrame(rows, columns=list(WAY_OUT_PART_COLUMNS))


def _by_split(
    points: pd.DataFrame, parts: pd.DataFrame, losses: Sequence[float]
) -> Iterator[dict[str, Any]]:
    """A row per split, half that measures, curve, loss and group."""
    keys = [name for name in SPLIT if name != "part"]
    counted = dict(iter(parts.groupby(keys)))
    for key, split in add_losses(points).groupby(keys, sort=True):
        halves = dict(iter(split.groupby("half")))
        here = counted[key].set_index([*_CURVE, "half"]).sort_index()
        known = dict(zip(keys, key, strict=True))
        for at in losses:
            for half in halves:
                there = 1 - half
                base = _accuracies(here.loc[(BASE, "{}", 0.0, there)])
                for (method, setting), chosen in choose_points(halves[half], at):
                    start = chosen["knob"] < 0
                    place = (chosen["method"], chosen["setting"], chosen["knob"], there)
                    of_point = base if start else _accuracies(here.loc[place])
                    curve = {**known, "method": method, "setting": setting, "at": at}
                    yield from ({**curve, **row} for row in _groups(of_point, base))


def _accuracies(rows: pd.DataFrame) -> pd.DataFrame:
    """Accuracy and questions of every group, a column of either per subset."""
    rows = rows.assign(accuracy=rows["correct"] / rows["n"])
    return rows.pivot_table(index=["grouping", "group"], columns="subset", values=["accuracy", "n"])


def _groups(of_point: pd.DataFrame, base: pd.DataFrame) -> Iterator[dict[str, Any]]:
    lost = pd.Series(0.0, index=of_point.index)
    asked = pd.Series(False, index=of_point.index)
    for subset in ("aligned", "ordinary"):
        column = ("accuracy", subset)
        if column in of_point:
            drop = base[column].reindex(of_point.index) - of_point[column]
            lost, asked = lost + drop.fillna(0), asked | drop.notna()
    for (grouping, group), row in of_point.iterrows():
        robustness = row.get(("accuracy", "spurious"), np.nan)
        if np.isnan(robustness):
            continue
        place = (grouping, group)
        yield {
            **{"grouping": grouping, "group": group, "robustness": float(robustness)},
            "n": int(row[("n", "spurious")]),
            "loss": float(lost[place]) if asked[place] else np.nan,
        }


def _summary(rows: pd.DataFrame, ratio: float) -> dict[str, Any]:
    robust = mean_over_splits(rows["robustness"], test_to_train=ratio)
    gain = mean_over_splits(
        rows["robustness"] - rows["of_envelope_robustness"], test_to_train=ratio
    )
    known = rows["loss"].dropna()
    loss = Estimate(0, np.nan, np.nan, np.nan)
    if len(known):
        loss = mean_over_splits(known, test_to_train=ratio)
    named = {"robustness": robust, "difference": gain, "loss": loss}
    limits = {
        f"{name}{end}": value
        for name, found in named.items()
        for end, value in (("", found.value), ("_low", found.low), ("_high", found.high))
    }
    return {
        "splits": len(rows),
        "n": int(rows["n"].sum()),
        **limits,
        "baseline": float(rows["of_envelope_robustness"].mean()),
        "baseline_loss": float(rows["of_envelope_loss"].mean()),
    }
