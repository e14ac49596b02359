"""Join the batches of images and the fresh ones.

From the tables `groups` and `image_records` of the batches; makes one of each.
"""

from typing import Any

from spuriverse.tables import read_tables, write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Read and save."""
    inputs, output = snakemake.input, snakemake.output
    write_table(read_tables(inputs.groups, "groups"), output.groups, "groups")
    write_table(read_tables(inputs.records, "image_records"), output.records, "image_records")


if "snakemake" in globals():
    run_job(main, snakemake)
