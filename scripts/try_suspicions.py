"""Try suspicions from pixels: paste and cover regions, and ask the source model again.

From samples, the source model's responses, and its suspicions with their regions; makes the edited
pictures, the table `trials`, and the `responses` to them.
"""

from pathlib import Path
from typing import Any

from spuriverse.discovery.suspicions import Extent, list_tried, make_trials
from spuriverse.models import ModelSpec, Variant, ask_variants
from spuriverse.models.remote import await_server
from spuriverse.tables import atomic_path, empty_table, read_table, read_tables, write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Edit, ask and save."""
    params, inputs, output = snakemake.params, snakemake.input, snakemake.output
    proposals = read_table(inputs.proposals, "proposals")
    with atomic_path(output.images) as folder:
        folder.mkdir(exist_ok=True)
        trials = make_trials(
            read_tables(inputs.samples, "samples"),
            read_table(inputs.responses, "responses", ["sample_id", "choice"]),
            read_table(inputs.regions, "regions"),
            list_tried(proposals, params.tried),
            folder,
            stored_as=Path(output.images),
            extent=Extent(**params.extent),
            **params.edit,
            seed=params.seed,
        )
    responses = empty_table("responses")
    if len(trials):
        server = inputs.get("server")
        responses = ask_variants(
            ModelSpec.from_params(params.spec),
            [Variant(trials, params.strategy)],
            threads=snakemake.threads,
            address=await_server(server) if server else None,
        )
    write_table(responses, output.responses, "responses")
    write_table(trials, output.trials, "trials")


if "snakemake" in globals():
    run_job(main, snakemake)
