"""Make the runs of one study on one split, and evaluate each on what it holds out.

From the base model, the types, their splits and images; makes the records of the runs and the
fine-tuned models' responses. The base model and the data are loaded once.
"""

from pathlib import Path
from typing import Any

from spuriverse.finetuning import Hyperparameters, finetune_adapters, read_study_data
from spuriverse.models import ModelSpec
from spuriverse.tables import write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Train, evaluate and save."""
    params, wildcards = snakemake.params, snakemake.wildcards
    settings = dict(params.finetuning)
    n_train, n_validation = settings.pop("samples"), settings.pop("validation_samples")
    runs, responses = finetune_adapters(
        ModelSpec.from_params(params.spec),
        read_study_data(snakemake.input),
        study=wildcards.study,
        settings=params.study,
        seed=int(wildcards.seed),
        n_train=n_train,
        n_validation=n_validation,
        hyper=Hyperparameters(**settings),
        threads=snakemake.threads,
        store=Path(params.store),
    )
    write_table(responses, snakemake.output.responses, "responses")
    write_table(runs, snakemake.output.runs, "runs")


if "snakemake" in globals():
    run_job(main, snakemake)
