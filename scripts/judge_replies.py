"""Have a model judge which option every open reply means.

From the evaluation sets, a model's `open_replies` and the judge; makes the `open_verdicts`.
"""

from typing import Any

from spuriverse.evaluation import read_evaluation_samples
from spuriverse.models import ModelSpec, open_chat
from spuriverse.open_questions import judge_replies
from spuriverse.tables import read_table, write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Judge and save."""
    verdicts = judge_replies(
        read_evaluation_samples(snakemake.input),
        read_table(snakemake.input.replies, "open_replies"),
        open_chat(ModelSpec.from_params(snakemake.params.spec), threads=snakemake.threads),
    )
    write_table(verdicts, snakemake.output.verdicts, "open_verdicts")


if "snakemake" in globals():
    run_job(main, snakemake)
