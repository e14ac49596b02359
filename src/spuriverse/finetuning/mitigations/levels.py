"""What every method loses at the same robustness, split by split, without choosing on the test."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from spuriverse.finetuning.mitigations.curves import operating_point
from spuriverse.finetuning.mitigations.study import BASE
from spuriverse.problems import Problem

MIXING = "mixing"
SCALING = "adapter_scaling"
ENVELOPE = "envelope"
"""The baseline: mixing over its proportions and over scales of what came out of each."""

SPLIT = ("base_model", "seed", "fold", "part")


def add_losses(points: pd.DataFrame) -> pd.DataFrame:
    """Return the points of the methods with what they lose against the base model.

    Args:
        points: A `mitigation_points` table.

    Returns:
        The same with loss_aligned, loss_ordinary and loss, their sum, each measured on the same
        half of the images as the base model's; the base model is the first point of every curve.
    """
    keys = [*SPLIT, "half"]
    base = points[points["method"] == BASE]
    tuned = points[points["method"] != BASE]
    curves = tuned[[*keys, "method", "setting"]].drop_duplicates()
    starts = curves.merge(base.drop(columns=["method", "setting"]), on=keys)
    starts["knob"] = -1.0
    whole = pd.concat([starts, tuned], ignore_index=True)
    reference = base.set_index(keys)[["aligned", "ordinary"]].add_prefix("base_")
    whole = whole.join(reference, on=keys)
    for subset in ("aligned", "ordinary"):
        whole[f"loss_{subset}"] = whole[f"base_{subset}"] - whole[subset]
    whole["loss"] = whole["loss_aligned"] + whole["loss_ordinary"]
    order = [*keys, "method", "setting", "knob"]
    return whole.drop(columns=["base_aligned", "base_ordinary"]).sort_values(
        order, ignore_index=True
    )


def losses_at_levels(points: pd.DataFrame, levels: Sequence[float]) -> pd.DataFrame:
    """Measure every curve of every split at the robustness that mixing itself has there.

    The level of a split is mixing's own robustness at a fixed proportion, so that it is within
    reach of the baseline, whatever the split holds out. On one half of the images the point of a
    curve is chosen that reaches the level at the least loss, on the other it is measured, and the
    halves are swapped: what is best by luck on the images that choose is not so on the others. A
    curve that does not reach the level has the greatest loss of any point of the split there.

    Args:
        points: A `mitigation_points` table.
        levels: Proportions of mixing.

    Returns:
        A row per split, curve and level: the columns of `SPLIT`, method, setting, level,
        `reached` (share of the halves), `robustness` (missing where it was not reached), `loss`,
        and `chord`, what a model of this robustness would lose if it had become robust by going
        blind to the attribute, in part or altogether. The baseline is the method `ENVELOPE`.

    Raises:
        Problem: Mixing was not measured at a proportion.
    """
    whole = add_losses(points)
    base = points[points["method"] == BASE]
    rows = []
    for key, split in whole.groupby(list(SPLIT), sort=True):
        halves = dict(iter(split.groupby("half")))
        starts = base[(base[list(SPLIT)] == list(key)).all(axis=1)].set_index("half")
        for level in levels:
            for (method, setting), found in _split_at(halves, starts, level).items():
                known = dict(zip(SPLIT, key, strict=True))
                rows.append(
                    {**known, "method": method, "setting": setting, "level": level, **found}
                )
    return pd.DataFrame(rows)


def _split_at(
    halves: dict[int, pd.DataFrame], starts: pd.DataFrame, level: float
) -> dict[tuple[str, str], dict[str, float]]:
    """Means over both ways to use the halves, of every curve."""
    measured: dict[tuple[str, str], list[dict[str, float]]] = {}
    for half, here in halves.items():
        there, start = halves[1 - half], starts.loc[1 - half]
        asked = _level_of(here, level)
        worst = float(there["loss"].max())
        for curve, rows in curves_of(here):
            place = operating_point(rows["spurious"], rows["loss"], asked)
            if place is None:
                found = {"reached": 0.0, "robustness": np.nan, "loss": worst, "chord": np.nan}
            else:
                keys = ["method", "setting", "knob"]
                same = (there[keys] == rows.iloc[place][keys]).all(axis=1)
                point = there[same].iloc[0]
                found = {
                    "reached": 1.0,
                    "robustness": float(point["spurious"]),
                    "loss": float(point["loss"]),
                    "chord": _chord(start, float(point["spurious"])),
                }
            measured.setdefault(curve, []).append(found)
    return {
        curve: pd.DataFrame(found).mean(skipna=False).to_dict() for curve, found in measured.items()
    }


def _level_of(here: pd.DataFrame, proportion: float) -> float:
    own = here[(here["method"] == MIXING) & np.isclose(here["knob"], proportion)]
    if own.empty:
        raise Problem(
            f"Mixing was not measured at the proportion {proportion:g}, whose robustness is the"
            " level of a split; add it to finetuning.mitigations.proportions."
        )
    return float(own["spurious"].iloc[0])


def curves_of(here: pd.DataFrame) -> Iterator[tuple[tuple[str, str], pd.DataFrame]]:
    """Yield every method's curve, and the envelope of those that are mixing and scales of it.

    Args:
        here: One split's points on one half of the images, as `add_losses` returns them.

    Yields:
        Method and setting, and the curve's points; the envelope is the method `ENVELOPE`.
    """
    for (method, setting), rows in here.groupby(["method", "setting"], sort=True):
        if method != SCALING:
            yield (str(method), str(setting)), rows
    yield (ENVELOPE, "{}"), here[here["method"].isin((MIXING, SCALING))]


def _chord(start: Any, robustness: float) -> float:
    """The loss on the straight line from the base model to one that is blind to the attribute.

    A blind model answers aligned images as the base model answers their twins without the
    attribute, and spurious images as the base model answers core ones.
    """
    span = start["core"] - start["spurious"]
    blind = start["aligned"] - start["aligned_without_cue"]
    return float(blind * (robustness - start["spurious"]) / span) if span > 0 else float("nan")
