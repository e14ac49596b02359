"""Ask one tiny model all that it is evaluated on, and choose among all answers there are.

From the evaluation sets and the model; makes its `responses`.
"""

from typing import Any

from spuriverse.evaluation import read_evaluation_samples
from spuriverse.models import ModelSpec, Variant, ask_opened, open_here
from spuriverse.open_questions import with_all_answers
from spuriverse.tables import write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Ask and save."""
    params = snakemake.params
    asked = read_evaluation_samples(snakemake.input, params.limit, params.seed)
    spec = ModelSpec.from_params(params.spec)
    model = open_here(spec, threads=snakemake.threads)
    every = Variant(with_all_answers(asked.drop_duplicates("sample_id")))
    write_table(ask_opened(model, spec, [every]), snakemake.output.responses, "responses")


if "snakemake" in globals():
    run_job(main, snakemake)
