"""Ask a model of the zoo about minimal pairs, with and without each attribute of the world.

From the model; makes its `pairs`, from which the pipeline is scored.
"""

from typing import Any

from spuriverse.discovery.verification.truth import measure_gaps
from spuriverse.models import load_model
from spuriverse.tables import write_table
from spuriverse.workflow import run_job
from spuriverse.world import read_world


def main(snakemake: Any) -> None:
    """Ask and save."""
    params = snakemake.params
    statistics, optics = read_world(params.world)
    pairs = measure_gaps(
        load_model(snakemake.input.model, threads=snakemake.threads),
        pairs=params.pairs,
        optics=optics,
        edition=statistics.edition,
        seed=params.seed,
        batch_size=params.batch_size,
    )
    write_table(pairs, snakemake.output.pairs, "pairs")


if "snakemake" in globals():
    run_job(main, snakemake)
