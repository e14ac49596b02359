"""Adopt the published types instead of making types.

From the published artefact, the metadata of its benchmarks and the samples; makes `candidates`,
`groups` with their images, and `types`.
"""

from pathlib import Path
from typing import Any

from spuriverse.benchmarks import read_groups
from spuriverse.discovery.synthesis import adopt_types
from spuriverse.tables import atomic_path, read_tables, write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Read, adopt and save."""
    output = snakemake.output
    files = map(Path, snakemake.input.get("metadata", ()))
    metadata = dict(zip(snakemake.params.metadata, files, strict=True))
    with atomic_path(output.images) as folder:
        folder.mkdir(exist_ok=True)
        adopted = adopt_types(
            read_groups(Path(snakemake.input.source), snakemake.params.columns, metadata),
            read_tables(snakemake.input.samples, "samples"),
            folder,
            stored_as=Path(output.images),
        )
    write_table(adopted.candidates, output.candidates, "candidates")
    write_table(adopted.groups, output.groups, "groups")
    write_table(adopted.types, output.types, "types")


if "snakemake" in globals():
    run_job(main, snakemake)
