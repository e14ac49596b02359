"""Make what the fine-tuning study is measured on: questions that no model's answers have selected.

From samples, candidates, types and the renderer; makes `test_sets` and their images.
"""

from pathlib import Path
from typing import Any

from spuriverse.finetuning import render_test_sets
from spuriverse.tables import atomic_path, read_table, read_tables, write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Render and save."""
    inputs, output, params = snakemake.input, snakemake.output, snakemake.params
    candidates = read_table(inputs.candidates, "candidates")
    types = read_table(inputs.types, "types")
    with atomic_path(output.images) as folder:
        sets = render_test_sets(
            candidates[candidates["candidate_id"].isin(types["candidate_id"])],
            candidates,
            read_tables(inputs.samples, "samples"),
            folder,
            backend=params.backend,
            aligned=params.aligned,
            ordinary=params.ordinary,
            stored_as=Path(output.images),
        )
    write_table(sets, output.sets, "test_sets")


if "snakemake" in globals():
    run_job(main, snakemake)
