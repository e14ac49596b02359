"""Train the models of worlds whose association one tower alone saw, both or neither.

From the configuration alone; makes a checkpoint of each world in `results/open_questions/towers/`.
"""

from pathlib import Path
from typing import Any

from spuriverse.open_questions import train_worlds
from spuriverse.tables import atomic_path
from spuriverse.workflow import run_job
from spuriverse.world import StagedRecipe, read_world


def main(snakemake: Any) -> None:
    """Train and save."""
    params = snakemake.params
    statistics, optics = read_world(params.world)
    with atomic_path(Path(snakemake.output[0])) as folder:
        folder.mkdir()
        train_worlds(
            folder,
            recipe=StagedRecipe(**params.recipe),
            seed=params.seed,
            statistics=statistics,
            optics=optics,
            threads=snakemake.threads,
        )


if "snakemake" in globals():
    run_job(main, snakemake)
