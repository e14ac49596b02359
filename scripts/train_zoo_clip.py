"""Train the tiny CLIP on the biased world.

From the configuration alone; makes `results/spubench/clip`, an ordinary checkpoint folder with
model, processor and the loss of every step.
"""

from typing import Any

import pandas as pd

from spuriverse.tables import atomic_path, write_csv
from spuriverse.workflow import run_job
from spuriverse.world import ClipRecipe, read_world, train_zoo_clip


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
    losses = pd.DataFrame({"step": range(1, len(trained.losses) + 1), "loss": trained.losses})
    with atomic_path(snakemake.output[0]) as folder:
        trained.model.save_pretrained(folder)
        trained.processor.save_pretrained(folder)
        write_csv(losses, folder / "losses.csv", ["step", "loss"])


if "snakemake" in globals():
    run_job(main, snakemake)
