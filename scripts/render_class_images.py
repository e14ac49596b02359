"""Render images of the embedded world into one folder per object.

From the configuration alone; makes `results/spubench/images` and the scene of every image.
"""

from pathlib import Path
from typing import Any

from spuriverse.spubench import render_class_images
from spuriverse.tables import atomic_path, write_table
from spuriverse.workflow import run_job
from spuriverse.world import read_world


def main(snakemake: Any) -> None:
    """Draw, render and save."""
    params, output = snakemake.params, snakemake.output
    with atomic_path(output.images) as folder:
        folder.mkdir()
        scenes = render_class_images(
            folder,
            images_per_class=params.images_per_class,
            optics=read_world(params.world)[1],
            seed=params.seed,
            processes=snakemake.threads,
            stored_as=Path(output.images),
        )
    write_table(scenes, output.scenes, "scenes")


if "snakemake" in globals():
    run_job(main, snakemake)
