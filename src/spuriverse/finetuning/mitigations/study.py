"""One split of one base model: train every method's runs once, and measure every point."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
from spuriverse.finetuning.mitigations.part_accuracies import OWN_SUBSETS, PartAccuracies
from spuriverse.finetuning.mitigations.point_models import PointModels
from spuriverse.models import LocalModel, answer_samples
from spuriverse.problems import Problem

log = logging.getLogger(__name__)

BASE = "base"
SUBSETS = ("spurious", "aligned", "ordinary")
BASE_SUBSETS = OWN_SUBSETS
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
    parts: PartAccuracies | None = None,
) -> pd.DataFrame:
    """Train and measure the curves of several methods; a run that two share is made once.

    Every run goes over its samples in a single epoch of exactly `budget.steps` steps, in which
    they recur: choosing an epoch by its validation loss would give every method another number of
    steps.

    Args:
        base: The base model; afterwards it is what it was before.
        pools: What may be trained on.
        asked: As `select_asked` returns it, with or without the rows of `select_further`, which
            are answered if `parts` counts them.
        curves: Name of a method and its hyper-parameters, one per curve.
        knobs: The places of the curves.
        budget: What one model may cost.
        hyper: Hyper-parameters of LoRA and optimiser.
        batch_size: Questions a forward pass.
        folder: Where adapters are kept meanwhile; must exist.
        parts: Counts the answers by kind and by question, if that is wanted.

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
    rows: list[dict[str, Any]] = []
    further = sorted(set(asked["subset"]) - set(BASE_SUBSETS)) if parts is not None else []

    def measure(
        answer: Callable[[pd.DataFrame], pd.DataFrame],
        subsets: Sequence[str],
        named: Mapping[str, Any],
        cost: Mapping[str, Any],
    ) -> None:
        for half, marked in _halves(answer, asked, (*subsets, *further)):
            row = {**named, "half": half, **_accuracies(marked, subsets), **cost}
            rows.append(row)
            if parts is not None:
                parts.add(row, marked)

    named = {"method": BASE, "setting": setting_text({}), "knob": 0.0}
    ask_base = partial(answer_samples, base, batch_size=batch_size)
    measure(ask_base, BASE_SUBSETS, named, _NO_COST)
    for name, setting in curves:
        method = find_method(name)
        whole = complete(method, setting)
        for point in method.curve(pools, budget, knobs, whole):
            cost = runs.cost(point)
            named = {"method": name, "setting": setting_text(whole), "knob": point.knob}
            measure(partial(runs.answer, point, batch_size=batch_size), SUBSETS, named, cost)
            log.info("%s %s at %g: %s", name, whole, point.knob, rows[-2:])
    return pd.DataFrame(rows)


def _halves(
    answer: Callable[[pd.DataFrame], pd.DataFrame], asked: pd.DataFrame, subsets: Sequence[str]
) -> Iterator[tuple[int, pd.DataFrame]]:
    """Either half of the marked answers to the questions, which are asked at once."""
    asked = asked[asked["subset"].isin(subsets)]
    marked = mark_responses(asked.assign(cluster=asked["candidate_id"]), answer(asked))
    halves = asked.set_index("sample_id")["half"].reindex(marked["sample_id"]).to_numpy()
    for half in (0, 1):
        yield half, marked[halves == half]


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
