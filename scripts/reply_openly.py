"""Ask a model that writes text every question of the evaluation without options.

From the evaluation sets and the model, local or remote; makes its `open_replies`.
"""

from typing import Any

from spuriverse.evaluation import read_evaluation_samples
from spuriverse.models import ModelSpec, open_chat
from spuriverse.open_questions import reply_openly
from spuriverse.tables import write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Ask and save."""
    params = snakemake.params
    samples = read_evaluation_samples(snakemake.input, params.limit, params.seed)
    model = open_chat(ModelSpec.from_params(params.spec), threads=snakemake.threads)
    asked = samples[samples["subset"].isin(["core", "spurious"])]
    write_table(reply_openly(asked, model), snakemake.output.replies, "open_replies")


if "snakemake" in globals():
    run_job(main, snakemake)
