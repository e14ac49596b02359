"""Ask one model which of all objects every image of the class folders shows.

From the scenes of the images and the model; makes its `responses`.
"""

from typing import Any

from spuriverse.models import ModelSpec, ask_models
from spuriverse.open_questions import class_questions
from spuriverse.tables import read_table, write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Ask and save."""
    asked = class_questions(read_table(snakemake.input.scenes, "scenes"))
    spec = ModelSpec.from_params(snakemake.params.spec)
    responses = ask_models([spec], asked, strategy="direct", threads=snakemake.threads)
    write_table(responses, snakemake.output.responses, "responses")


if "snakemake" in globals():
    run_job(main, snakemake)
