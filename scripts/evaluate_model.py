"""Evaluate one model on anchors, core and spurious groups and the non-spurious set.

From the evaluation sets and the model, local or remote; makes its `responses` by the first
strategy, and those by other strategies, by other orders of the options and without the image.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from spuriverse.evaluation import read_evaluation_samples
from spuriverse.models import ModelSpec, ask_variants, plan_variants
from spuriverse.models.remote import await_server
from spuriverse.tables import write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Ask and save."""
    params, output = snakemake.params, snakemake.output
    server = snakemake.input.get("server")
    address = await_server(server) if server else None
    with TemporaryDirectory() as grey:
        variants = plan_variants(
            read_evaluation_samples(snakemake.input, params.limit, params.seed),
            strategies=params.strategies,
            shuffles=params.shuffles,
            blind=params.blind,
            seed=params.seed,
            grey=Path(grey),
        )
        responses = ask_variants(
            ModelSpec.from_params(params.spec),
            variants,
            threads=snakemake.threads,
            address=address,
        )
    first = responses["strategy"] == params.strategies[0]
    write_table(responses[first], output.responses, "responses")
    write_table(responses[~first], output.variants, "responses")


if "snakemake" in globals():
    run_job(main, snakemake)
