"""Choose every method's hyper-parameters on validation attributes."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from spuriverse.finetuning.mitigations.levels import MIXING, SCALING, losses_at_levels
from spuriverse.finetuning.mitigations.method import Setting, complete, setting_text
from spuriverse.finetuning.mitigations.methods import find_method
from spuriverse.finetuning.mitigations.study import BASE
from spuriverse.problems import Problem

CHOICE_COLUMNS = ("method", "setting", "splits", "loss", "lowest", "highest", "chosen")
_BASELINE = (MIXING, SCALING)
"""Of these every setting goes on: the envelope of all is the baseline."""


def choose_settings(
    points: pd.DataFrame,
    methods: Mapping[str, Sequence[Mapping[str, float]]],
    levels: Sequence[float],
) -> pd.DataFrame:
    """Choose for every method the setting with the least mean loss at the levels.

    The mean is over levels, base models and splits, each measured on its validation attributes and
    on ordinary images that no comparison uses. The first setting wins a tie; a single one was not
    measured, and of mixing and its scales every setting is chosen.

    Args:
        points: A `mitigation_points` table of part "validation".
        methods: Name of a method -> its settings, as configured.
        levels: As in `losses_at_levels`, settled before anything is measured.

    Returns:
        The columns of `CHOICE_COLUMNS`, one row per method and setting, in the order configured.

    Raises:
        Problem: A method or hyper-parameter is unknown, or a setting was not tried.
    """
    measured = points[points["part"] == "validation"]
    losses: dict[tuple[str, str], list[float]] = {}
    # Where nothing has a choice, the base model alone was measured.
    if (measured["method"] != BASE).any():
        found = losses_at_levels(measured, levels)
        by_split = found.groupby(["method", "setting", "base_model", "seed", "fold"])["loss"]
        for key, loss in by_split.mean().items():
            losses.setdefault((str(key[0]), str(key[1])), []).append(float(loss))
    rows = []
    for name, settings in methods.items():
        texts = [setting_text(complete(find_method(name), setting)) for setting in settings]
        tried = [losses.get((name, text), []) for text in texts]
        open_choice = len(texts) > 1 and name not in _BASELINE
        if open_choice and not all(tried):
            raise Problem(
                f"Not every setting of the mitigation {name} was tried; run try_mitigations again."
            )
        means = [float(np.mean(found)) if found else np.nan for found in tried]
        best = means.index(min(means)) if open_choice else 0
        for place, (text, found) in enumerate(zip(texts, tried, strict=True)):
            ends = (min(found), max(found)) if found else (np.nan, np.nan)
            chosen = place == best or name in _BASELINE
            rows.append((name, text, len(found), means[place], *ends, chosen))
    return pd.DataFrame(rows, columns=list(CHOICE_COLUMNS))


def curves_to_try(methods: Mapping[str, Sequence[Setting]]) -> list[tuple[str, Setting]]:
    """Return every setting among which one is to be chosen, as `study_job` takes them.

    Args:
        methods: Name of a method -> its settings, as configured; a single one needs no trial.

    Returns:
        Mixing, whose robustness sets the levels, and the settings; nothing if there is no choice.
    """
    tried = [
        (name, setting)
        for name, settings in methods.items()
        if len(settings) > 1 and name not in _BASELINE
        for setting in settings
    ]
    return [*((MIXING, setting) for setting in methods[MIXING] if tried), *tried]


def read_chosen_curves(path: str | Path) -> list[tuple[str, Setting]]:
    """Return every method with its chosen setting, as `study_job` takes them.

    Args:
        path: A CSV file of what `choose_settings` returns.
    """
    choice = pd.read_csv(path)
    chosen = choice[choice["chosen"]]
    texts = zip(chosen["method"], chosen["setting"], strict=True)
    return [(name, json.loads(setting)) for name, setting in texts]
