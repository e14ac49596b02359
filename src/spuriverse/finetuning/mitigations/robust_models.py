"""A robust model for use: trained on verified types, measured on held-out ones, described."""

import shutil
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from spuriverse.finetuning.encoding import Encoder
from spuriverse.finetuning.hyperparameters import Hyperparameters
from spuriverse.finetuning.mitigations.job import budget_of
from spuriverse.finetuning.mitigations.method import (
    Knobs,
    Point,
    Pools,
    Setting,
    complete,
)
from spuriverse.finetuning.mitigations.methods import find_method
from spuriverse.finetuning.mitigations.point_models import PointModels
from spuriverse.finetuning.mitigations.robust_card import (
    AFTER,
    BEFORE,
    RobustModelFacts,
    write_robust_card,
)
from spuriverse.finetuning.mitigations.sets import build_pools
from spuriverse.finetuning.runs import StudyData
from spuriverse.finetuning.tradeoff import (
    TRADEOFF_COLUMNS,
    held_out_responses,
    held_out_samples,
    tabulate_tradeoff,
)
from spuriverse.models import (
    ModelSpec,
    Remedies,
    Variant,
    ask_opened,
    open_checkpoint,
    save_remedies,
)
from spuriverse.problems import Problem
from spuriverse.tables import write_csv

MEASURED_FILE = "measured.csv"
_ADAPTER_FILES = ("adapter_config.json", "adapter_model.safetensors", "base_model.json")


def make_robust_model(
    spec: ModelSpec,
    data: StudyData,
    groups: pd.DataFrame,
    folder: Path,
    *,
    types: Collection[str] | None,
    method: str,
    setting: Setting,
    scale: float,
    seed: int,
    settings: Mapping[str, Any],
    hyper: Hyperparameters,
    threads: int,
    stored_as: Path,
) -> pd.DataFrame:
    """Make a model robust by a mitigation, measure it on held-out attributes and save it.

    Args:
        spec: The base model, and how it is asked.
        data: What it is trained and measured on.
        groups: The `groups` table of the same types.
        folder: Where adapter, projection, measurements and card go; must exist.
        types: Type ids, attributes or kinds to train on; None for all that were verified.
        method: Name of the mitigation.
        setting: Its hyper-parameters, where they are not the defaults.
        scale: Factor of the adapter; of `mixing` its proportion.
        seed: Which split; its training part alone is trained on.
        settings: The section `finetuning.mitigations`: samples, steps, batch_size.
        hyper: Hyper-parameters of LoRA and optimiser.
        threads: Threads on the CPU.
        stored_as: The folder as the card and the snippet name it.

    Returns:
        The columns of `TRADEOFF_COLUMNS`, whose `proportion` is before or after.

    Raises:
        Problem: A name is unknown, nothing is left to train on, or as in `finetune_adapter`.
    """
    pools = training_pools(data, groups, seed, types)
    budget = budget_of(settings, pools, seed)
    known = find_method(method)
    whole = complete(known, setting)
    point = known.curve(pools, budget, Knobs((min(scale, 1.0),), (scale,)), whole)[-1]
    if point.base_weight and spec.answering == "generate":
        raise Problem(
            f"{spec.name} replies freely, and {method} averages over the options of a question;"
            " set its answering to option_likelihood or letter_logits, or base_weight to 0."
        )
    if point.asking:
        raise Problem(
            f"{method} asks its model in another way, which a saved model cannot hold; set"
            " robust.method to another mitigation."
        )
    base = open_checkpoint(spec, threads=threads)
    asked = held_out_samples(data.asked, data.splits, seed)
    asked = asked.drop_duplicates("sample_id")
    answers = {BEFORE: ask_opened(base, spec, [Variant(asked)])}
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="robust-") as kept:
        models = PointModels(base, hyper, Path(kept), Encoder(base, spec.answering))
        cost = models.cost(point)
        with models.opened(point) as tuned:
            answers[AFTER] = ask_opened(tuned, spec, [Variant(asked)])
            remedies = getattr(tuned, "remedies", Remedies())
        _save(models, point, remedies, spec, folder)
    measured = _measure(data, answers, seed)
    write_csv(measured, folder / MEASURED_FILE, TRADEOFF_COLUMNS)
    parts = _attributes_by_part(data, types, seed)
    facts = RobustModelFacts(
        spec.name, method, whole, scale, cost, parts["train"], parts["test"], stored_as
    )
    write_robust_card(folder, measured, facts)
    return measured


def training_pools(
    data: StudyData, groups: pd.DataFrame, seed: int, chosen: Collection[str] | None = None
) -> Pools:
    """Return what the training part of a split of the study offers.

    Args:
        data: What the study is trained and measured on.
        groups: The `groups` table of the same types.
        seed: Which split.
        chosen: Type ids, attributes or kinds; None for all.

    Raises:
        Problem: There is no such split, or no chosen type in its training part.
    """
    types = data.types.drop(columns="benchmark", errors="ignore")
    part = _parts(data, types, seed)
    part = part.where((part != "train") | _is_chosen(types, chosen), "unused")
    if not (part == "train").any():
        known = ", ".join(sorted(types["kind"].unique()))
        raise Problem(
            "robust.types names no type, attribute or kind of the training part of the split"
            f" {seed}; the kinds of the verified types are {known}."
        )
    return build_pools(
        types, part, groups, data.asked_groups, data.samples, data.non_spurious, seed=seed
    )


def _parts(data: StudyData, types: pd.DataFrame, seed: int) -> pd.Series:
    split = data.splits[data.splits["seed"] == seed].set_index("type_id")["part"]
    if split.empty:
        raise Problem(
            f"There is no split {seed} of the types into training and held-out ones; there are too"
            " few verified attributes, or the seed is none of finetuning.seeds."
        )
    return types["type_id"].map(split)


def _is_chosen(types: pd.DataFrame, chosen: Collection[str] | None) -> pd.Series:
    if chosen is None:
        return pd.Series(True, index=types.index)
    columns = [types[column].isin(chosen) for column in ("type_id", "attribute", "kind")]
    return columns[0] | columns[1] | columns[2]


def _attributes_by_part(
    data: StudyData, chosen: Collection[str] | None, seed: int
) -> dict[str, list[str]]:
    part = _parts(data, data.types, seed)
    part = part.where((part != "train") | _is_chosen(data.types, chosen), "unused")
    return {
        name: sorted(data.types.loc[part == name, "attribute"].unique())
        for name in ("train", "test")
    }


def _measure(data: StudyData, answers: Mapping[str, pd.DataFrame], seed: int) -> pd.DataFrame:
    asked = data.asked
    frames = {
        (when, seed): held_out_responses(asked, responses, data.splits, data.types, seed)
        for when, responses in answers.items()
    }
    return tabulate_tradeoff(frames)


def _save(
    models: PointModels, point: Point, remedies: Remedies, spec: ModelSpec, folder: Path
) -> None:
    """Put the adapter, if there is one, and the remedies into the folder."""
    scale = point.scale if point.trainings else 0.0
    if scale:
        adapter = models.adapter(point)
        for name in _ADAPTER_FILES:
            shutil.copy(adapter / name, folder / name)
    ways = {
        "name": spec.name,
        "revision": spec.revision,
        "dtype": spec.dtype,
        "quantisation": spec.quantisation,
        "token_env": spec.token_env,
        "show_options": spec.show_options,
    }
    save_remedies(folder, remedies, checkpoint=spec.checkpoint, scale=scale, ways=ways)
