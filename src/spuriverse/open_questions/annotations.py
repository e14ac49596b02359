"""Can annotations of core and spurious attributes prevent the bias: training with them."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from spuriverse.finetuning import (
    Encoder,
    Hyperparameters,
    StudyData,
    held_out_responses,
    held_out_samples,
)
from spuriverse.finetuning.mitigations import (
    METHODS,
    Knobs,
    PointModels,
    budget_of,
    training_pools,
)
from spuriverse.models import ModelSpec, Variant, ask_opened, open_checkpoint
from spuriverse.open_questions.answers import DIFFERENCE, RATIO, SHARE, answer, as_table
from spuriverse.statistics import Estimate, clustered_difference, clustered_share

PLAIN = "mixing"
ANNOTATED = {
    PLAIN: "mixing",
    "preference pairs": "preference_pairs",
    "cue covered": "cue_covered",
    "cue removed": "cue_removed",
    "regions found": "region_aware",
}
"""Way to train -> the mitigation that does it; the first uses no annotation."""

BEFORE = "before training"
MEASURES = {
    "robustness": "spurious_held_out",
    "accuracy – core": "core_held_out",
    "accuracy – aligned": "aligned",
    "accuracy – ordinary": "ordinary",
}


def train_with_annotations(
    spec: ModelSpec,
    data: StudyData,
    groups: pd.DataFrame,
    *,
    seed: int,
    proportion: float,
    settings: Mapping[str, Any],
    hyper: Hyperparameters,
    threads: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Train the base model of one split in every way, and ask what the split holds out.

    Args:
        spec: The base model.
        data: What is trained and measured on.
        groups: The `groups` of the types; the two images of a pair are its annotation.
        seed: Which split; also of draws and runs.
        proportion: Share of spurious samples, the same in every way.
        settings: What one run may cost: samples, steps, batch_size.
        hyper: Hyper-parameters of LoRA and optimiser.
        threads: Threads on the CPU.

    Returns:
        A `responses` table, whose model is the run or the base model, and an `annotation_runs`
        table.

    Raises:
        Problem: The split has too little to train on, or an image is missing.
    """
    pools = training_pools(data, groups, seed)
    budget = budget_of(settings, pools, seed)
    base = open_checkpoint(spec, threads=threads)
    asked = held_out_samples(data.asked, data.splits, seed).drop_duplicates("sample_id")
    responses, runs = [ask_opened(base, spec, [Variant(asked)])], []
    with TemporaryDirectory() as folder:
        models = PointModels(base, hyper, Path(folder), Encoder(base, spec.answering))
        for way, name in ANNOTATED.items():
            method = METHODS[name]
            setting = {**method.defaults}
            if "proportion" in setting:
                setting["proportion"] = proportion
            point = method.curve(pools, budget, Knobs((proportion,), (1.0,)), setting)[-1]
            cost = models.cost(point)
            with models.opened(point) as tuned:
                answered = ask_opened(tuned, spec, [Variant(asked)])
            run = f"{base.name}/annotations/{name}/seed-{seed}"
            responses.append(answered.assign(model=run))
            known = {key: cost[key] for key in ("steps", "images", "rows", "seconds")}
            runs.append({"run_id": run, "way": way, "seed": seed, **known})
    return pd.concat(responses, ignore_index=True), pd.DataFrame(runs)


def compare_annotations(
    asked: pd.DataFrame,
    responses: pd.DataFrame,
    runs: pd.DataFrame,
    splits: pd.DataFrame,
    types: pd.DataFrame,
    *,
    base_model: str,
) -> pd.DataFrame:
    """Set what was trained with annotations beside plain mixing and the base model.

    Args:
        asked: As `spuriverse.finetuning.study_samples` returns it.
        responses: The `responses` of base model and runs, of all splits.
        runs: An `annotation_runs` table of all splits.
        splits: A `splits` table.
        types: A `types` table.
        base_model: Name of the base model.

    Returns:
        Columns `ANSWER_COLUMNS`, splits pooled: per way to train robustness (accuracy on spurious
        groups of held-out attributes) and the accuracies on their core groups, on aligned images
        and on ordinary ones, each also less that before training and less that of mixing; and the
        images that ran through the model, for one of mixing. Intervals are over attributes, or over
        images for ordinary ones.
    """
    before = [
        held_out_responses(
            asked,
            responses[responses["model"] == base_model].drop_duplicates("sample_id"),
            splits,
            types,
            int(seed),
        )
        for seed in sorted(runs["seed"].unique())
    ]
    answers = {BEFORE: pd.concat(before, ignore_index=True)}
    for way in ANNOTATED:
        parts = [
            held_out_responses(
                asked, responses[responses["model"] == run.run_id], splits, types, int(run.seed)
            )
            for run in runs[runs["way"] == way].itertuples()
        ]
        answers[way] = pd.concat(parts, ignore_index=True)
    rows: list[dict[str, Any]] = []
    for way, mine in answers.items():
        others = {BEFORE: answers[BEFORE]} if way != BEFORE else {}
        others |= {PLAIN: answers[PLAIN]} if way not in (BEFORE, PLAIN) else {}
        rows += _measured(base_model, way, mine, others)
    return as_table([*rows, *_costs(base_model, runs)])


def _measured(
    model: str, way: str, mine: pd.DataFrame, others: Mapping[str, pd.DataFrame]
) -> list[dict[str, Any]]:
    rows = []
    for measure, subset in MEASURES.items():
        part = mine[mine["subset"] == subset]
        if part.empty:
            continue
        found = clustered_share(part["correct"], part["cluster"])
        rows.append(answer(model, way, measure, SHARE, found, part["cluster"]))
        for name, other in others.items():
            theirs = other[other["subset"] == subset]
            apart = clustered_difference(
                part["correct"], part["cluster"], theirs["correct"], theirs["cluster"]
            )
            where = f"{way} less {name}"
            rows.append(answer(model, where, measure, DIFFERENCE, apart, part["cluster"]))
    return rows


def _costs(model: str, runs: pd.DataFrame) -> list[dict[str, Any]]:
    nothing = float("nan")
    plain = runs.loc[runs["way"] == PLAIN, "rows"].mean()
    rows = []
    for way, part in runs.groupby("way", sort=False):
        told = Estimate(len(part), float(part["rows"].mean() / plain), nothing, nothing)
        measure = "images through the model – for one of mixing"
        rows.append(answer(model, str(way), measure, RATIO, told, part["seed"]))
    return rows
