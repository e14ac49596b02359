"""Make what mitigations are measured on: questions that no model's answers have selected.

From samples, candidates, groups and the renderer; makes `test_sets` and their images.
"""

from pathlib import Path
from typing import Any

from spuriverse.finetuning import render_test_sets
from spuriverse.tables import atomic_path, read_table, read_tables, write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Render and save."""
    inputs, output, params = snakemake.input, snakemake.output, snakemake.params
    samples = read_tables(inputs.samples, "samples")
    groups = read_table(inputs.groups, "groups")
    candidates = read_table(inputs.candidates, "candidates")
    depicted = candidates[candidates["candidate_id"].isin(groups["candidate_id"])]
    with atomic_path(output.images) as folder:
        drawn = render_test_sets(
            depicted,
            depicted,
            samples,
            folder,
            backend=params.backend,
            aligned=params.aligned,
            spurious=params.spurious,
            ordinary=params.ordinary,
            stored_as=Path(output.images),
        )
    write_table(drawn, output.sets, "test_sets")


if "snakemake" in globals():
    run_job(main, snakemake)
