"""Evaluate one model on anchors, core and spurious groups and the non-spurious set.

From the evaluation sets and the model; makes its `responses`.
"""

from typing import Any

from spuriverse.evaluation import read_evaluation_samples
from spuriverse.job import run_job
from spuriverse.models import answer_samples, load_model
from spuriverse.tables import write_table


def main(snakemake: Any) -> None:
    """Ask and save."""
    responses = answer_samples(
        load_model(snakemake.input.model, threads=snakemake.threads),
        read_evaluation_samples(snakemake.input),
        protocol=snakemake.params.protocol,
        batch_size=snakemake.params.batch_size,
    )
    write_table(responses, snakemake.output.responses, "responses")


if "snakemake" in globals():
    run_job(main, snakemake)
