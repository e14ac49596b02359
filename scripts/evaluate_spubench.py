"""Ask one model the questions of MM-SpuBench by every strategy.

From the questions and the model, local or remote; makes its `responses`.
"""

from pathlib import Path
from typing import Any

from spuriverse.evaluation import limit_samples
from spuriverse.models import ModelSpec, ask_variants, plan_variants
from spuriverse.tables import read_table, write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Ask and save."""
    params = snakemake.params
    variants = plan_variants(
        limit_samples(read_table(snakemake.input.samples, "samples"), params.limit, params.seed),
        strategies=params.strategies,
        shuffles=0,
        blind=False,
        seed=params.seed,
        grey=Path(),
    )
    responses = ask_variants(
        ModelSpec.from_params(params.spec),
        variants,
        threads=snakemake.threads,
    )
    write_table(responses, snakemake.output.responses, "responses")


if "snakemake" in globals():
    run_job(main, snakemake)
