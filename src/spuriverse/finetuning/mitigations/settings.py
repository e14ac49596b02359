"""Choose every method's hyper-parameters on validation attributes."""

import pandas as pd

from spuriverse.finetuning.mitigations.curves import hypervolume
from spuriverse.finetuning.mitigations.study import BASE

CHOICE_COLUMNS = (
    "method",
    "setting",
    "splits",
    "hypervolume",
    "lowest",
    "highest",
    "chosen",
)


def add_losses(points: pd.DataFrame) -> pd.DataFrame:
    """Return the points of the methods with what they lose against the base model.

    Args:
        points: A `mitigation_points` table.

    Returns:
        The same with loss_aligned, loss_ordinary and loss, their sum; the base model is the first
        point of every curve.
    """
    keys = ["base_model", "seed", "part"]
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


def choose_settings(points: pd.DataFrame) -> pd.DataFrame:
    """Choose for every method the setting with the greatest mean hypervolume.

    The mean is over base models and splits, each measured on its validation attributes: a single
    split has too few of them. The first setting wins a tie.

    Args:
        points: A `mitigation_points` table of part "validation".

    Returns:
        The columns of `CHOICE_COLUMNS`, one row a method and setting.
    """
    measured = add_losses(points[points["part"] == "validation"])
    keys = ["method", "setting"]
    volumes = [
        (*key, hypervolume(curve["spurious"], curve["loss"]))
        for key, curve in measured.groupby([*keys, "base_model", "seed"], sort=False)
    ]
    table = pd.DataFrame(volumes, columns=[*keys, "base_model", "seed", "hypervolume"])
    summed = table.groupby(keys, sort=True)["hypervolume"].agg(["size", "mean", "min", "max"])
    summed.columns = pd.Index(["splits", "hypervolume", "lowest", "highest"])
    result = summed.reset_index()
    best = result.groupby("method")["hypervolume"].idxmax()
    result["chosen"] = result.index.isin(best)
    return result[list(CHOICE_COLUMNS)]
