"""Train the tiny CLIP on the biased world.

From the configuration alone; makes `results/spubench/clip`, an ordinary checkpoint folder with
model, processor and the loss of every step.
"""

from typing import Any

from spuriverse.workflow import run_job
from spuriverse.world import ClipRecipe, read_world, train_zoo_clip, write_checkpoint


def main(snakemake: Any) -> None:
    """Train and save."""
    clip = snakemake.params.clip
    statistics, optics = read_world(snakemake.params.world)
    recipe = ClipRecipe(clip["images"], clip["steps"], clip["batch_size"], clip["learning_rate"])
    trained = train_zoo_clip(
        seed=clip["seed"],
        recipe=recipe,
        statistics=statistics,
        optics=optics,
        threads=clip["threads"],
    )
    write_checkpoint(trained, snakemake.output[0])


if "snakemake" in globals():
    run_job(main, snakemake)
