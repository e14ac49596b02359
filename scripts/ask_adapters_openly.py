"""Ask the base model and the fine-tuned models of one split of the trade-off without options.

From what the study asks, the runs and the base model; makes their `responses`.
"""

from typing import Any

from spuriverse.finetuning import read_study_samples
from spuriverse.models import ModelSpec
from spuriverse.open_questions import ask_adapters_openly
from spuriverse.tables import read_table, write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Ask and save."""
    paths = snakemake.input
    responses = ask_adapters_openly(
        ModelSpec.from_params(snakemake.params.spec),
        read_study_samples(paths),
        read_table(paths.splits, "splits"),
        read_table(paths.runs, "runs"),
        seed=int(snakemake.wildcards.seed),
        threads=snakemake.threads,
    )
    write_table(responses, snakemake.output.responses, "responses")


if "snakemake" in globals():
    run_job(main, snakemake)
