"""Make the next images of the candidates that are not decided yet, or fresh ones of those kept.

From samples, candidates and their state; makes the tables `groups` and `image_records` of the
batch and its image files.
"""

from pathlib import Path
from typing import Any

import pandas as pd

from spuriverse.discovery.synthesis import Groups, Seeds, synthesise_groups
from spuriverse.discovery.synthesis.backends import load_backend
from spuriverse.discovery.synthesis.gates import load_gates
from spuriverse.tables import atomic_path, empty_table, read_table, read_tables, write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Describe, make, look through and save."""
    params, inputs, output = snakemake.params, snakemake.input, snakemake.output
    candidates = read_table(inputs.candidates, "candidates")
    # Nobody is decided before the first batch.
    decided = list(inputs.evidence)
    if decided:
        table = read_table(decided[0], "evidence")
        wanted = table.loc[table["status"] == params.wanted["status"], "candidate_id"]
        candidates = candidates[candidates["candidate_id"].isin(wanted)]
    with atomic_path(output.images) as folder:
        folder.mkdir(exist_ok=True)
        made = Groups(empty_table("groups"), empty_table("image_records"))
        # Nothing is left to make once every candidate is decided; the first batch says so itself.
        if not decided or (len(candidates) and params.seeds["wanted"]):
            made = _make(snakemake, candidates, folder, required=not decided)
    write_table(made.groups, output.groups, "groups")
    write_table(made.records, output.records, "image_records")


def _make(snakemake: Any, candidates: pd.DataFrame, folder: Path, *, required: bool) -> Groups:
    params = snakemake.params
    samples = read_tables(snakemake.input.samples, "samples")
    return synthesise_groups(
        candidates,
        samples,
        folder,
        backend=load_backend(params.backend),
        parts={params.wanted["part"]: Seeds(**params.seeds)},
        gates=load_gates({**params.gates, "samples": samples}),
        minimal=params.minimal,
        stored_as=Path(snakemake.output.images),
        required=required,
    )


if "snakemake" in globals():
    run_job(main, snakemake)
