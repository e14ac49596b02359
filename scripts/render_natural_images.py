"""Draw images with and without the attribute of every type, as the embedded world shows them.

From the types and their anchors; makes the `natural_images` and their files.
"""

from pathlib import Path
from typing import Any

from spuriverse.open_questions import render_natural_images
from spuriverse.tables import atomic_path, read_table, read_tables, write_table
from spuriverse.workflow import run_job
from spuriverse.world import read_world


def main(snakemake: Any) -> None:
    """Draw, render and save."""
    params, output = snakemake.params, snakemake.output
    _, optics = read_world(params.world)
    with atomic_path(output.images) as folder:
        folder.mkdir()
        table = render_natural_images(
            read_table(snakemake.input.types, "types"),
            read_tables(snakemake.input.samples, "samples"),
            folder,
            images=params.images,
            kind_rate=params.kind_rate,
            optics=optics,
            seed=params.seed,
            stored_as=Path(output.images),
        )
    write_table(table, output.table, "natural_images")


if "snakemake" in globals():
    run_job(main, snakemake)
