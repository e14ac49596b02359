"""Make the next images of the candidates that are not decided yet, or fresh ones of those kept.

From samples, candidates and how they stand; makes a `groups` table and its PNG files.
"""

from pathlib import Path
from typing import Any

from spuriverse.job import run_job
from spuriverse.synthesis import synthesise_groups
from spuriverse.tables import atomic_path, empty_table, read_table, read_tables, write_table
from spuriverse.world import read_world


def main(snakemake: Any) -> None:
    """Compose, render and save."""
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
        groups = empty_table("groups")
        # Nothing is left to make once every candidate is decided.
        if len(candidates) or not decided:
            groups = synthesise_groups(
                candidates,
                read_tables(inputs.samples, "samples"),
                folder,
                images_per_group=params.synthesis["images_per_group"],
                optics=read_world(params.world)[1],
                seed=params.seed,
                processes=snakemake.threads,
                stored_as=Path(output.images),
                numbers={params.wanted["part"]: range(*params.numbers)},
            )
    write_table(groups, output.groups, "groups")


if "snakemake" in globals():
    run_job(main, snakemake)
