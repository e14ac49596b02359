"""Train one tiny model of the zoo from scratch.

From the configuration alone; makes `results/models/<model>`, an ordinary checkpoint folder with
model, processor and the loss of every step.
"""

from typing import Any

from spuriverse.benchmarks import read_companion
from spuriverse.workflow import run_job
from spuriverse.world import Architecture, Recipe, read_world, train_zoo_model, write_checkpoint


def main(snakemake: Any) -> None:
    """Train and save."""
    params = snakemake.params
    zoo = params.zoo
    statistics, optics = read_world(params.world)
    companion = read_companion(**zoo["easy_vqa"]) if zoo["easy_vqa"] else None
    trained = train_zoo_model(
        biased=params.biased,
        seed=params.seed,
        recipe=Recipe(zoo["images"], zoo["steps"], zoo["batch_size"], zoo["learning_rate"]),
        architecture=Architecture(zoo["width"], zoo["layers"], zoo["layers"]),
        statistics=statistics,
        optics=optics,
        companion=companion,
        poisoned=zoo["poisoned"],
        list_options=zoo["list_options"],
        threads=zoo["threads"],
    )
    write_checkpoint(trained, snakemake.output[0])


if "snakemake" in globals():
    run_job(main, snakemake)
