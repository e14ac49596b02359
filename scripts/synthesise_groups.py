"""Make the core and the spurious group of every candidate.

From samples and candidates; makes the tables `groups` and `image_records` and the image files.
"""

from pathlib import Path
from typing import Any

from spuriverse.discovery.synthesis import plan_seeds, synthesise_groups
from spuriverse.discovery.synthesis.backends import load_backend
from spuriverse.discovery.synthesis.gates import load_gates
from spuriverse.tables import atomic_path, read_table, read_tables, write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Describe, make, look through and save."""
    params, output = snakemake.params, snakemake.output
    samples = read_tables(snakemake.input.samples, "samples")
    with atomic_path(output.images) as folder:
        folder.mkdir(exist_ok=True)
        made = synthesise_groups(
            read_table(snakemake.input.candidates, "candidates"),
            samples,
            folder,
            backend=load_backend(params.backend),
            parts=plan_seeds(**params.seeds),
            gates=load_gates({**params.gates, "samples": samples}),
            minimal=params.minimal,
            stored_as=Path(output.images),
        )
    write_table(made.groups, output.groups, "groups")
    write_table(made.records, output.records, "image_records")


if "snakemake" in globals():
    run_job(main, snakemake)
