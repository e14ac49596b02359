"""One split of one base model: train every method's runs once, and measure every point."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from spuriverse.evaluation import mark_responses
from spuriverse.finetuning.hyperparameters import Hyperparameters
from spuriverse.finetuning.mitigations.method import (
    Budget,
    Knobs,
    Pools,
    Setting,
    complete,
    setting_text,
)
from spuriverse.finetuning.mitigations.methods import find_method
from spuriverse.finetuning.mitigations.point_models import PointModels
from spuriverse.models import LocalModel, answer_samples
from spuriverse.problems import Problem

log = logging.getLogger(__name__)

BASE = "base"
SUBSETS = ("spurious", "aligned", "ordinary")
BASE_SUBSETS = (*SUBSETS, "core", "aligned_without_cue")
_NO_COST = {"steps": 0, "images": 0, "rows": 0, "answer_passes": 1, "seconds": 0.0}


def study_split(
    base: LocalModel,
    pools: Pools,
    asked: pd.DataFrame,
    curves: Iterable[tuple[str, Setting]],
    *,
    knobs: Knobs,
    budget: Budget,
    hyper: Hyperparameters,
    batch_size: int,
    folder: Path,
) -> pd.DataFrame:
    """Train and measure the curves of several methods; a run that two share is made once.

    Every run goes over its samples in a single epoch of exactly `budget.steps` steps, in which
    they recur: choosing an epoch by its validation loss would give every method another number of
    steps.

    Args:
        base: The base model; afterwards it is what it was before.
        pools: What may be trained on.
        asked: As `select_asked` returns it.
        curves: Name of a method and its hyper-parameters, one per curve.
        knobs: The places of the curves.
        budget: What one model may cost.
        hyper: Hyper-parameters of LoRA and optimiser.
        batch_size: Questions a forward pass.
        folder: Where adapters are kept meanwhile; must exist.

    Returns:
        Columns method, setting, knob, half, the accuracy of every subset in `BASE_SUBSETS` on that
        half of the questions (core and aligned_without_cue of the base model alone), n_spurious,
        n_aligned, n_ordinary, and the cost: steps, images (distinct), rows (images that ran through
        the model in training, or to fit a projection), answer_passes (forward passes per question
        when the model is asked) and seconds (of training). The first rows are the base model.

    Raises:
        Problem: A method or hyper-parameter is unknown, or the pools are too small.
    """
    runs = PointModels(base, hyper, folder)
    measured = _measure(
        lambda samples: answer_samples(base, samples, batch_size=batch_size), asked, BASE_SUBSETS
    )
    rows = [_row(BASE, {}, 0.0, half, _NO_COST) for half in measured]
    for name, setting in curves:
        method = find_method(name)
        whole = complete(method, setting)
        for point in method.curve(pools, budget, knobs, whole):
            cost = runs.cost(point)
            answer = partial(runs.answer, point, batch_size=batch_size)
            measured = _measure(answer, asked, SUBSETS)
            rows += [_row(name, whole, point.knob, half, cost) for half in measured]
            log.info("%s %s at %g: %s", name, whole, point.knob, measured)
    return pd.DataFrame(rows)


def _measure(
    answer: Callable[[pd.DataFrame], pd.DataFrame], asked: pd.DataFrame, subsets: Sequence[str]
) -> list[dict[str, Any]]:
    """The accuracies on either half of the questions, which are answered at once."""
    asked = asked[asked["subset"].isin(subsets)]
    responses = answer(asked)
    marked = mark_responses(asked.assign(cluster=asked["candidate_id"]), responses)
    halves = asked.set_index("sample_id")["half"].reindex(marked["sample_id"]).to_numpy()
    return [{"half": half, **_accuracies(marked[halves == half], subsets)} for half in (0, 1)]


def _accuracies(marked: pd.DataFrame, subsets: Sequence[str]) -> dict[str, Any]:
    grouped = marked.groupby("subset")["correct"]
    means, sizes = grouped.mean(), grouped.size()
    missing = [subset for subset in subsets if subset not in means]
    if missing:
        raise Problem(
            f"No sample of the subset {', '.join(missing)} is left to measure mitigations on;"
            " enlarge finetuning.mitigations.ordinary or the shares of the attributes."
        )
    counts = {f"n_{subset}": int(sizes[subset]) for subset in ("spurious", "aligned", "ordinary")}
    unasked = dict.fromkeys(BASE_SUBSETS, float("nan"))
    return {**unasked, **{subset: float(means[subset]) for subset in subsets}, **counts}


def _row(
    method: str,
    setting: Mapping[str, float],
    knob: float,
    measured: Mapping[str, Any],
    cost: Mapping[str, Any],
) -> dict[str, Any]:
    return {"method": method, "setting": setting_text(setting), "knob": knob, **measured, **cost}
