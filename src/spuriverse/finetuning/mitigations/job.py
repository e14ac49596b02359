"""One job of the comparison: what it reads, and the study of one split."""

import logging
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from spuriverse.discovery.verification import group_samples
from spuriverse.finetuning.hyperparameters import Hyperparameters
from spuriverse.finetuning.mitigations.method import Budget, Knobs, Pools, Setting
from spuriverse.finetuning.mitigations.part_accuracies import PartAccuracies
from spuriverse.finetuning.mitigations.sets import (
    build_pools,
    part_types,
    select_asked,
    select_further,
)
from spuriverse.finetuning.mitigations.study import study_split
from spuriverse.models import load_model
from spuriverse.tables import empty_table, read_table, read_tables, write_table

log = logging.getLogger(__name__)


def study_job(
    inputs: Any,
    curves: Iterable[tuple[str, Setting]],
    *,
    part: str,
    seed: int,
    fold: int,
    kind: str | None = None,
    settings: Mapping[str, Any],
    hyper: Mapping[str, Any],
    batch_size: int,
    threads: int,
    output: str | Path,
    parts_output: str | Path | None = None,
) -> None:
    """Study the split of one seed of one base model, and write its points.

    Args:
        inputs: A job's named input files: model, types, first_types, samples (several),
            candidates, groups, non_spurious, sets.
        curves: As in `study_split`.
        part: Which attributes to measure on: validation or test.
        seed: Of the splits, their draws and runs.
        fold: Which part of the attributes is held out, from 0.
        kind: The kind of attribute that is held out instead, altogether, with all others in
            training and none for validation; questions of other benchmarks are then asked as well
            and counted in the parts. Where no type is of it, or all are, the tables are empty.
        settings: The section `finetuning.mitigations`.
        hyper: Fields of `Hyperparameters`.
        batch_size: Questions a forward pass.
        threads: Threads of the model.
        output: The `mitigation_points` table to write. Adapters are kept beside it meanwhile, so
            that its folder must exist.
        parts_output: The `mitigation_parts` table to write, if there is to be one.
    """
    types = read_table(inputs.types, "types")
    parts = _parts(types, inputs, settings, seed, fold) if kind is None else _kind(types, kind)
    if not {"train", part} <= set(parts):
        log.warning("No type is left on either side with the kind %s held out", kind)
        points, counts = empty_table("mitigation_points"), empty_table("mitigation_parts")
    else:
        pools, asked = _questions(inputs, types, parts, part, seed, others=kind is not None)
        found = PartAccuracies(asked, types)
        base = load_model(inputs.model, threads=threads)
        with tempfile.TemporaryDirectory(dir=Path(output).parent, prefix="adapters-") as adapters:
            points = study_split(
                base,
                pools,
                asked,
                curves,
                knobs=Knobs(tuple(settings["proportions"]), tuple(settings["scales"])),
                budget=budget_of(settings, pools, seed),
                hyper=Hyperparameters(**hyper),
                batch_size=batch_size,
                folder=Path(adapters),
                parts=found,
            )
        split = {"base_model": base.name, "seed": seed, "fold": fold}
        by_part = types.groupby(parts)["attribute"].nunique()
        sizes = {"held_out": int(by_part[part]), "trained_on": int(by_part["train"])}
        points = points.assign(**split, part=part, **sizes)
        counts = found.table().assign(**split)
    write_table(points, output, "mitigation_points")
    if parts_output is not None:
        write_table(counts, parts_output, "mitigation_parts")


def _questions(
    inputs: Any, types: pd.DataFrame, parts: pd.Series, part: str, seed: int, *, others: bool
) -> tuple[Pools, pd.DataFrame]:
    """What is trained on and what is asked, with other benchmarks' questions or without."""
    samples = read_tables(inputs.samples, "samples")
    groups = read_table(inputs.groups, "groups")
    non_spurious = read_table(inputs.non_spurious, "non_spurious")
    pools = build_pools(
        types,
        parts,
        groups,
        group_samples(read_table(inputs.candidates, "candidates"), samples, groups),
        samples,
        non_spurious,
        seed=seed,
    )
    asked = select_asked(read_table(inputs.sets, "test_sets"), types, parts, part)
    further = select_further(non_spurious, samples) if others else pd.DataFrame()
    return pools, pd.concat([asked, further], ignore_index=True) if len(further) else asked


def _parts(
    types: pd.DataFrame, inputs: Any, settings: Mapping[str, Any], seed: int, fold: int
) -> pd.Series:
    return part_types(
        types,
        read_table(inputs.first_types, "types"),
        seed=seed,
        fold=fold,
        folds=settings["folds"],
        validation_share=settings["validation_share"],
    )


def _kind(types: pd.DataFrame, kind: str) -> pd.Series:
    return (types["kind"] == kind).map({True: "test", False: "train"})


def budget_of(settings: Mapping[str, Any], pools: Pools, seed: int) -> Budget:
    """Return what one model may cost: the same for every method.

    Args:
        settings: The section `finetuning.mitigations`: samples, steps, batch_size.
        pools: The smaller one limits the images.
        seed: Of the run.
    """
    samples = min(settings["samples"], len(pools.spurious), len(pools.non_spurious))
    return Budget(samples, settings["steps"], settings["batch_size"], seed)
