"""Fine-tune the base model on one split at one proportion of spurious samples, and evaluate it.

From the base model, the types, their splits and images; makes the adapter, the record of the run
and the fine-tuned model's responses to every evaluation set.
"""

from typing import Any

import pandas as pd

from spuriverse.evaluation import read_evaluation_samples
from spuriverse.finetuning import (
    Hyperparameters,
    attached_adapter,
    finetune_adapter,
    held_out_samples,
    mix_samples,
)
from spuriverse.job import run_job
from spuriverse.models import answer_samples, load_model
from spuriverse.tables import atomic_path, read_table, read_tables, write_table
from spuriverse.verification import group_samples


def main(snakemake: Any) -> None:
    """Mix, train, evaluate and save."""
    inputs, output, params = snakemake.input, snakemake.output, snakemake.params
    settings = dict(params.finetuning)
    seed, proportion = int(snakemake.wildcards.seed), float(snakemake.wildcards.proportion)
    samples = read_tables(inputs.samples, "samples")
    splits = read_table(inputs.splits, "splits")
    candidates = read_table(inputs.candidates, "candidates")
    mixture = mix_samples(
        read_table(inputs.types, "types"),
        splits,
        group_samples(candidates, samples, read_table(inputs.groups, "groups")),
        samples,
        read_table(inputs.non_spurious, "non_spurious"),
        proportion=proportion,
        n_train=settings.pop("samples"),
        n_validation=settings.pop("validation_samples"),
        seed=seed,
    )
    model = load_model(inputs.model, threads=settings.pop("threads"))
    for split_setting in ("validation_share", "test_share"):
        settings.pop(split_setting)
    with atomic_path(output.adapter) as folder:
        folder.mkdir(exist_ok=True)
        record = finetune_adapter(
            model, mixture, Hyperparameters(**settings), seed=seed, folder=folder
        )
    run = {
        "run_id": f"{model.name}-{seed}-{proportion:g}",
        "base_model": model.name,
        "regime": "mixed",
        "proportion": proportion,
        "seed": seed,
        "layers": settings["layers"],
        **vars(record),
    }
    with attached_adapter(model, output.adapter) as tuned:
        responses = answer_samples(
            tuned,
            held_out_samples(read_evaluation_samples(inputs), splits, seed),
            protocol=params.protocol,
            batch_size=params.batch_size,
        )
    write_table(pd.DataFrame([run]), output.run, "runs")
    write_table(responses, output.responses, "responses")


if "snakemake" in globals():
    run_job(main, snakemake)
