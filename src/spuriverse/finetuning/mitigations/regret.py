"""What the choice of a scale misses in each environment, against the scale that is best there."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from spuriverse.finetuning.mitigations.levels import SCALING, SPLIT
from spuriverse.finetuning.mitigations.study import BASE, SUBSETS
from spuriverse.statistics import mean_over_splits

ADAPTIVE = "adaptive_scale"
REGRET_COLUMNS = (
    *("base_model", "setting", "environment", "splits", "chosen", "best"),
    *("regret", "regret_low", "regret_high"),
    *("regret_fixed", "regret_fixed_low", "regret_fixed_high"),
)


def tabulate_regret(points: pd.DataFrame) -> pd.DataFrame:
    """Compare adaptive_scale with the best scale of every environment, and with scale 1.

    The scales are those of adapter_scaling at the same proportion, whose run also has the images
    of which adaptive_scale makes its known environments, and the base model. The best one is sought
    on one half of the images and measured on the other, and the halves are swapped: the greatest of
    several noisy values would be too great.

    Args:
        points: A `mitigation_points` table of part "test".

    Returns:
        The columns of `REGRET_COLUMNS`, a row per base model, setting and environment: spurious
        (the cue misleads), aligned (it helps), ordinary (there is none). `chosen` and `best` are
        accuracies; regret is best less chosen, regret_fixed best less scale 1. Intervals are those
        of `mean_over_splits`, at 95 %. No rows where either method was not compared.
    """
    points = points[points["part"] == "test"]
    adaptive = points[(points["method"] == ADAPTIVE) & np.isclose(points["knob"], 1)]
    rows: list[dict[str, Any]] = []
    for (model, setting), chosen in adaptive.groupby(["base_model", "setting"], sort=True):
        fixed = points[(points["base_model"] == model) & (points["method"] == SCALING)]
        share = json.loads(str(setting))["proportion"]
        fixed = fixed[[json.loads(text)["proportion"] == share for text in fixed["setting"]]]
        base = points[(points["base_model"] == model) & (points["method"] == BASE)]
        if fixed.empty:
            continue
        scales = pd.concat([base.assign(knob=0.0), fixed])
        ratio = float((chosen["held_out"] / chosen["trained_on"]).mean())
        for environment in SUBSETS:
            found = pd.DataFrame(_by_split(chosen, scales, environment))
            known = {"base_model": model, "setting": setting, "environment": environment}
            row = {**known, "splits": len(found)}
            row |= {name: float(found[name].mean()) for name in ("chosen", "best")}
            for name, other in (("regret", "chosen"), ("regret_fixed", "fixed")):
                mean = mean_over_splits(found["best"] - found[other], test_to_train=ratio)
                row |= {name: mean.value, f"{name}_low": mean.low, f"{name}_high": mean.high}
            rows.append(row)
    return pd.DataFrame(rows, columns=list(REGRET_COLUMNS))


def _by_split(
    chosen: pd.DataFrame, scales: pd.DataFrame, environment: str
) -> Iterator[dict[str, float]]:
    keys = list(SPLIT)
    for key, split in scales.groupby(keys, sort=True):
        mine = chosen[(chosen[keys] == list(key)).all(axis=1)].set_index("half")[environment]
        table = split.pivot_table(index="knob", columns="half", values=environment)
        if len(mine) != 2 or 1.0 not in table.index:
            continue
        best = [float(table.at[table[half].idxmax(), 1 - half]) for half in (0, 1)]
        yield {
            "chosen": float(mine.mean()),
            "best": float(np.mean(best)),
            "fixed": float(table.loc[1.0].mean()),
        }
