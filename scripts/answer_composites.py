"""Ask one model what is shown on every composite.

From the benchmark's samples and the model, local or remote; makes its `responses`.
"""

from typing import Any

from spuriverse.models import ModelSpec, Variant, ask_variants
from spuriverse.models.remote import await_server
from spuriverse.tables import read_table, write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Ask and save."""
    server = snakemake.input.get("server")
    responses = ask_variants(
        ModelSpec.from_params(snakemake.params.spec),
        [Variant(read_table(snakemake.input.samples, "samples"), snakemake.params.strategy)],
        threads=snakemake.threads,
        address=await_server(server) if server else None,
    )
    write_table(responses, snakemake.output.responses, "responses")


if "snakemake" in globals():
    run_job(main, snakemake)
