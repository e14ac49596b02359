"""Compare the methods with the envelope of mixing at equal robustness, over splits."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from spuriverse.finetuning.mitigations.curves import pareto_front
from spuriverse.finetuning.mitigations.levels import (
    ENVELOPE,
    MIXING,
    SPLIT,
    add_losses,
    losses_at_levels,
)
from spuriverse.finetuning.mitigations.method import Needs
from spuriverse.finetuning.mitigations.methods import METHODS
from spuriverse.statistics import Estimate, mean_over_splits

COMPARISON_COLUMNS = (
    *("base_model", "method", "setting", "level", "splits", "reached", "robustness"),
    *("loss", "loss_low", "loss_high", "baseline"),
    *("difference", "difference_low", "difference_high"),
    *("contrast", "contrast_low", "contrast_high", "at_most_half"),
    *("beyond_chord", "chord_low", "chord_high", "cue_used"),
    *("steps", "images", "rows", "seconds", "answer_passes", "passes", "extra_seconds"),
    *("needs_attributes", "needs_pairs", "needs_generator"),
)
COMPARISON_SHOWN = {
    "Base model": "{base_model}",
    "Method": "{method}",
    "Mixing's robustness at": "{level}",
    "Splits": "{splits}",
    "Reached": "{reached:.2f}",
    "Robustness": "{robustness:.2f}",
    "Loss": "{loss:.3f} ({loss_low:.3f} to {loss_high:.3f})",
    "Minus envelope": "{difference:.3f} ({difference_low:.3f} to {difference_high:.3f})",
    "Loss less half the envelope's": "{contrast:.3f} ({contrast_low:.3f} to {contrast_high:.3f})",
    "At most half": "{at_most_half}",
    "Loss less the chord": "{beyond_chord:.3f} ({chord_low:.3f} to {chord_high:.3f})",
    "Cue used": "{cue_used}",
    "Needs attributes": "{needs_attributes}",
    "Needs pairs": "{needs_pairs}",
    "Needs a generator": "{needs_generator}",
    "Passes": "{passes:.1f}",
    "Extra seconds": "{extra_seconds:.0f}",
}
CURVE_COLUMNS = (
    *("base_model", "method", "setting", "knob", "splits", "robustness", "robustness_low"),
    *("robustness_high", "accuracy", "accuracy_low", "accuracy_high", "loss", "pareto"),
)
ONE_SIDED = 0.90
"""Level of the two-sided interval whose upper limit is that of a one-sided test at .05."""


def compare_methods(points: pd.DataFrame, *, levels: Sequence[float]) -> pd.DataFrame:
    """Tabulate what every method loses at equal robustness beside the envelope of mixing.

    All splits count, at both halves, those in which a method does not reach the level as well.
    Intervals are those of `mean_over_splits`, for a claim about other attributes: at 95 %, and of
    the two claims, "at most half" and "the cue is still used", at 90 %, so that their upper limits
    are those of one-sided tests at .05.

    Args:
        points: A `mitigation_points` table of part "test".
        levels: As in `losses_at_levels`.

    Returns:
        The columns of `COMPARISON_COLUMNS`. With a the loss of a method in a split and b that of
        the envelope, `difference` is the mean of a - b and `contrast` that of d = a - b/2: the
        method costs at most half if `contrast_high` is below 0 (`at_most_half`). `beyond_chord` is
        the mean of a less the loss of a model that is as robust by being blind to the attribute;
        below 0, the cue is still used where it helps (`cue_used`). Blank where no split reaches.
        `passes` are the images that ran through the model in training for one of a plain run,
        `extra_seconds` the time beyond one, and needs_attributes, needs_pairs and needs_generator
        what a user must have besides (`Needs`).
    """
    points = points[points["part"] == "test"]
    measured = losses_at_levels(points, levels)
    attributes = points.drop_duplicates(list(SPLIT))[["held_out", "trained_on"]]
    ratio = float((attributes["held_out"] / attributes["trained_on"]).mean())
    rows = []
    for (model, level), part in measured.groupby(["base_model", "level"], sort=True):
        keys = ["seed", "fold"]
        envelope = part[part["method"] == ENVELOPE].set_index(keys)["loss"]
        for (method, setting), curve in part.groupby(["method", "setting"], sort=True):
            of_method = points[
                (points["base_model"] == model)
                & (points["method"] == method)
                & (points["setting"] == setting)
            ]
            found = _compare(curve.set_index(keys), envelope, ratio)
            known = {"base_model": model, "method": method, "setting": setting, "level": level}
            rows.append({**known, **found, **_price(of_method, points, str(method))})
    return pd.DataFrame(rows, columns=list(COMPARISON_COLUMNS))


def _price(of_method: pd.DataFrame, points: pd.DataFrame, method: str) -> dict[str, Any]:
    """What a method cost, beside a run of mixing of the same base model, and what it needs."""
    columns = ["steps", "images", "rows", "seconds", "answer_passes"]
    cost = of_method[columns].mean()
    of_model = points["base_model"].isin(of_method["base_model"].unique())
    plain = points[of_model & (points["method"] == MIXING)][columns].mean()
    known = METHODS[method].needs if method in METHODS else Needs()
    return {
        **cost,
        "passes": float(cost["rows"] / plain["rows"]) if plain["rows"] else np.nan,
        "extra_seconds": float(cost["seconds"] - plain["seconds"]),
        **{f"needs_{name}": needed for name, needed in asdict(known).items()},
    }


def _compare(curve: pd.DataFrame, envelope: pd.Series, ratio: float) -> dict[str, Any]:
    loss, baseline = curve["loss"], envelope.reindex(curve.index)
    mean = mean_over_splits(loss, test_to_train=ratio)
    difference = mean_over_splits(loss - baseline, test_to_train=ratio)
    contrast = mean_over_splits(loss - baseline / 2, test_to_train=ratio, level=ONE_SIDED)
    above = (loss - curve["chord"]).dropna()
    chord = Estimate(0, np.nan, np.nan, np.nan)
    # A split that does not reach the level shows no use of the cue, nor that there is none.
    if len(above) == len(loss):
        chord = mean_over_splits(above, test_to_train=ratio, level=ONE_SIDED)
    return {
        "splits": len(loss),
        "reached": float(curve["reached"].mean()),
        "robustness": float(curve["robustness"].mean()),
        **{"loss": mean.value, "loss_low": mean.low, "loss_high": mean.high},
        "baseline": float(baseline.mean()),
        "difference": difference.value,
        **{"difference_low": difference.low, "difference_high": difference.high},
        **{"contrast": contrast.value, "contrast_low": contrast.low},
        **{"contrast_high": contrast.high, "at_most_half": bool(contrast.high < 0)},
        **{"beyond_chord": chord.value, "chord_low": chord.low, "chord_high": chord.high},
        "cue_used": bool(chord.high < 0),
    }


def tabulate_curves(points: pd.DataFrame) -> pd.DataFrame:
    """Tabulate the mean curve of every method and setting, with 95 % intervals over splits.

    Args:
        points: A `mitigation_points` table of part "test".

    Returns:
        The columns of `CURVE_COLUMNS`. `accuracy` is the mean of the accuracies on aligned and on
        ordinary questions; `pareto` says whether no point of any method of the base model is both
        more robust and more accurate.
    """
    measured = add_losses(points[points["part"] == "test"])
    measured["accuracy"] = (measured["aligned"] + measured["ordinary"]) / 2
    ratio = float((measured["held_out"] / measured["trained_on"]).mean())
    keys = ["base_model", "method", "setting", "knob"]
    split = [*keys, "seed", "fold"]
    values = ["spurious", "accuracy", "loss"]
    by_split = measured.groupby(split, sort=True)[values].mean().reset_index()
    rows = []
    for key, part in by_split.groupby(keys, sort=True):
        row = dict(zip(keys, key, strict=True))
        row["splits"] = len(part)
        for name, column in (("robustness", "spurious"), ("accuracy", "accuracy")):
            estimate = mean_over_splits(part[column], test_to_train=ratio)
            row[name], row[f"{name}_low"] = estimate.value, estimate.low
            row[f"{name}_high"] = estimate.high
        row["loss"] = part["loss"].mean()
        rows.append(row)
    table = pd.DataFrame(rows)
    for _, part in table.groupby("base_model"):
        table.loc[part.index, "pareto"] = pareto_front(part["robustness"], part["loss"])
    return table[list(CURVE_COLUMNS)]
