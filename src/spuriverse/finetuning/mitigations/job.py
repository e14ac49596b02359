"""One job of the comparison: what it reads, and the study of one split."""

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from spuriverse.discovery.verification import group_samples
from spuriverse.finetuning.hyperparameters import Hyperparameters
from spuriverse.finetuning.mitigations.method import Budget, Knobs, Pools, Setting
from spuriverse.finetuning.mitigations.part_accuracies import PartAccuracies
from spuriverse.finetuning.mitigations.sets import build_pools, part_types, select_asked
from spuriverse.finetuning.mitigations.study import study_split
from spuriverse.models import load_model
from spuriverse.tables import read_table, read_tables, write_table


def study_job(
    inputs: Any,
    curves: Iterable[tuple[str, Setting]],
    *,
    part: str,
    seed: int,
    fold: int,
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
        settings: The section `finetuning.mitigations`.
        hyper: Fields of `Hyperparameters`.
        batch_size: Questions a forward pass.
        threads: Threads of the model.
        output: The `mitigation_points` table to write. Adapters are kept beside it meanwhile, so
            that its folder must exist.
        parts_output: The `mitigation_parts` table to write, if there is to be one.
    """
    samples = read_tables(inputs.samples, "samples")
    groups = read_table(inputs.groups, "groups")
    types = read_table(inputs.types, "types")
    parts = part_types(
        types,
        read_table(inputs.first_types, "types"),
        seed=seed,
        fold=fold,
        folds=settings["folds"],
        validation_share=settings["validation_share"],
    )
    pools = build_pools(
        types,
        parts,
        groups,
        group_samples(read_table(inputs.candidates, "candidates"), samples, groups),
        samples,
        read_table(inputs.non_spurious, "non_spurious"),
        seed=seed,
    )
    asked = select_asked(read_table(inputs.sets, "test_sets"), types, parts, part)
    counts = PartAccuracies(asked, types)
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
            parts=counts,
        )
    split = {"base_model": base.name, "seed": seed, "fold": fold}
    points = points.assign(**split, part=part)
    by_part = types.groupby(parts)["attribute"].nunique()
    points["held_out"], points["trained_on"] = int(by_part[part]), int(by_part["train"])
    write_table(points, output, "mitigation_points")
    if parts_output is not None:
        write_table(counts.table().assign(**split), parts_output, "mitigation_parts")


def budget_of(settings: Mapping[str, Any], pools: Pools, seed: int) -> Budget:
    """Return what one model may cost: the same for every method.

    Args:
        settings: The section `finetuning.mitigations`: samples, steps, batch_size.
        pools: The smaller one limits the images.
        seed: Of the run.
    """
    samples = min(settings["samples"], len(pools.spurious), len(pools.non_spurious))
    return Budget(samples, settings["steps"], settings["batch_size"], seed)
