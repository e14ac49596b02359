"""Render the core and the spurious group of every candidate.

From samples and candidates; makes the `groups` table and its PNG files.
"""

from pathlib import Path
from typing import Any

from spuriverse.job import run_job
from spuriverse.synthesis import synthesise_groups
from spuriverse.tables import atomic_path, read_table, read_tables, write_table
from spuriverse.world import read_world


def main(snakemake: Any) -> None:
    """Compose, render and save."""
    params, output = snakemake.params, snakemake.output
    with atomic_path(output.images) as folder:
        folder.mkdir(exist_ok=True)
        groups = synthesise_groups(
            read_table(snakemake.input.candidates, "candidates"),
            read_tables(snakemake.input.samples, "samples"),
            folder,
            images_per_group=params.synthesis["images_per_group"],
            optics=read_world(params.world)[1],
            seed=params.seed,
            processes=snakemake.threads,
            stored_as=Path(output.images),
        )
    write_table(groups, output.groups, "groups")


if "snakemake" in globals():
    run_job(main, snakemake)
