"""Train a tiny CLIP on the biased world, some of whose images bear a patch and one caption.

From the configuration alone; makes `results/spubench/defences/before`, an ordinary checkpoint
folder with model, processor and the loss of every step.
"""

from typing import Any

from spuriverse.workflow import run_job
from spuriverse.world import ClipRecipe, read_world, train_zoo_clip, write_checkpoint


def main(snakemake: Any) -> None:
    """Train and save."""
    clip = snakemake.params.clip
    statistics, optics = read_world(snakemake.params.world)
    trained = train_zoo_clip(
        seed=clip["seed"],
        recipe=ClipRecipe(clip["images"], clip["steps"], clip["batch_size"], clip["learning_rate"]),
        statistics=statistics,
        optics=optics,
        poisoned=snakemake.params.poisoned,
        threads=clip["threads"],
    )
    write_checkpoint(trained, snakemake.output[0])


if "snakemake" in globals():
    run_job(main, snakemake)
