"""Choose every method's hyper-parameters on validation attributes."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from spuriverse.finetuning.mitigations.curves import hypervolume
from spuriverse.finetuning.mitigations.method import Setting, complete, setting_text
from spuriverse.finetuning.mitigations.methods import find_method
from spuriverse.finetuning.mitigations.study import BASE
from spuriverse.problems import Problem

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


def choose_settings(
    points: pd.DataFrame, methods: Mapping[str, Sequence[Mapping[str, float]]]
) -> pd.DataFrame:
    """Choose for every method the setting with the highest mean hypervolume.

    The mean is over base models and splits, each measured on its validation attributes: a single
    split has too few of them. The first setting wins a tie; a single one was not measured.

    Args:
        points: A `mitigation_points` table of part "validation".
        methods: Name of a method -> its settings, as configured.

    Returns:
        The columns of `CHOICE_COLUMNS`, one row per method and setting, in the order configured.

    Raises:
        Problem: A method or hyper-parameter is unknown, or a setting was not tried.
    """
    measured = add_losses(points[points["part"] == "validation"])
    volumes: dict[tuple[str, str], list[float]] = {}
    for key, curve in measured.groupby(["method", "setting", "base_model", "seed"], sort=True):
        volume = hypervolume(curve["spurious"], curve["loss"])
        volumes.setdefault((str(key[0]), str(key[1])), []).append(volume)
    rows = []
    for name, settings in methods.items():
        texts = [setting_text(complete(find_method(name), setting)) for setting in settings]
        tried = [volumes.get((name, text), []) for text in texts]
        if len(texts) > 1 and not all(tried):
            raise Problem(
                f"Not every setting of the mitigation {name} was tried; run try_mitigations again."
            )
        means = [float(np.mean(found)) if found else np.nan for found in tried]
        best = means.index(max(means)) if len(texts) > 1 else 0
        for place, (text, found) in enumerate(zip(texts, tried, strict=True)):
            ends = (min(found), max(found)) if found else (np.nan, np.nan)
            rows.append((name, text, len(found), means[place], *ends, place == best))
    return pd.DataFrame(rows, columns=list(CHOICE_COLUMNS))


def curves_to_try(methods: Mapping[str, Sequence[Setting]]) -> list[tuple[str, Setting]]:
    """Return every setting among which one is to be chosen, as `study_job` takes them.

    Args:
        methods: Name of a method -> its settings, as configured; a single one needs no trial.
    """
    return [
        (name, setting)
        for name, settings in methods.items()
        if len(settings) > 1
        for setting in settings
    ]


def read_chosen_curves(path: str | Path) -> list[tuple[str, Setting]]:
    """Return every method with its chosen setting, as `study_job` takes them.

    Args:
        path: A CSV file of what `choose_settings` returns.
    """
    choice = pd.read_csv(path)
    chosen = choice[choice["chosen"]]
    texts = zip(chosen["method"], chosen["setting"], strict=True)
    return [(name, json.loads(setting)) for name, setting in texts]
