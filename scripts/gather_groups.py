"""Put the batches of images and the fresh ones together.

From the `groups` tables of the batches; makes one `groups` table.
"""

from typing import Any

from spuriverse.job import run_job
from spuriverse.tables import read_tables, write_table


def main(snakemake: Any) -> None:
    """Read and save."""
    write_table(read_tables(snakemake.input.groups, "groups"), snakemake.output.groups, "groups")


if "snakemake" in globals():
    run_job(main, snakemake)
