"""Ask one model the questions about natural images.

From the natural images and the model; makes its `responses`.
"""

from typing import Any

from spuriverse.models import ModelSpec, ask_models
from spuriverse.tables import read_table, write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Ask and save."""
    params = snakemake.params
    asked = read_table(snakemake.input.table, "natural_images")
    spec = ModelSpec.from_params(params.spec)
    responses = ask_models([spec], asked, strategy=params.strategy, threads=snakemake.threads)
    write_table(responses, snakemake.output.responses, "responses")


if "snakemake" in globals():
    run_job(main, snakemake)
