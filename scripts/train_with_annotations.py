"""Train the base model of one split with and without annotations, and ask what it holds out.

From what the study asks, the groups and the base model; makes `responses` and `annotation_runs`.
"""

from typing import Any

from spuriverse.finetuning import Hyperparameters, read_study_data
from spuriverse.models import ModelSpec
from spuriverse.open_questions import train_with_annotations
from spuriverse.tables import read_table, write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Train, ask and save."""
    params, output = snakemake.params, snakemake.output
    responses, runs = train_with_annotations(
        ModelSpec.from_params(params.spec),
        read_study_data(snakemake.input),
        read_table(snakemake.input.groups, "groups"),
        seed=int(snakemake.wildcards.seed),
        proportion=params.proportion,
        settings=params.settings,
        hyper=Hyperparameters(**params.hyper),
        threads=snakemake.threads,
    )
    write_table(responses, output.responses, "responses")
    write_table(runs, output.runs, "annotation_runs")


if "snakemake" in globals():
    run_job(main, snakemake)
