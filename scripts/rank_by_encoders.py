"""Train encoders by other losses than the tiny CLIP's, and rank the classes of its images.

From the scenes of the class folders; makes `encoder_ranks`.
"""

from typing import Any

from spuriverse.open_questions import rank_by_encoders
from spuriverse.tables import read_table, write_table
from spuriverse.workflow import run_job
from spuriverse.world import ClipRecipe, read_world


def main(snakemake: Any) -> None:
    """Train, rank and save."""
    params = snakemake.params
    statistics, optics = read_world(params.world)
    ranks = rank_by_encoders(
        read_table(snakemake.input.scenes, "scenes"),
        seed=params.seed,
        recipe=ClipRecipe(**params.recipe),
        statistics=statistics,
        optics=optics,
        threads=snakemake.threads,
    )
    write_table(ranks, snakemake.output.ranks, "encoder_ranks")


if "snakemake" in globals():
    run_job(main, snakemake)
