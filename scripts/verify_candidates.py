"""Measure the gap of every candidate and keep what is confirmed.

From candidates, groups and the verification models; makes `verification` and `types`.
"""

from typing import Any

import pandas as pd

from spuriverse.job import run_job
from spuriverse.models import answer_samples, load_model
from spuriverse.tables import read_table, read_tables, write_table
from spuriverse.verification import group_samples, select_types, verify_candidates


def main(snakemake: Any) -> None:
    """Ask every model, decide and save."""
    params, inputs = snakemake.params, snakemake.input
    candidates = read_table(inputs.candidates, "candidates")
    samples = read_tables(inputs.samples, "samples")
    asked = group_samples(candidates, samples, read_table(inputs.groups, "groups"))
    responses = [
        answer_samples(
            load_model(folder, threads=snakemake.threads),
            asked,
            protocol=params.protocol,
            batch_size=params.batch_size,
        )
        for folder in inputs.models
    ]
    verification = verify_candidates(
        asked,
        pd.concat(responses, ignore_index=True),
        threshold=params.verification["threshold"],
        false_discovery_rate=params.verification["false_discovery_rate"],
    )
    write_table(verification, snakemake.output.verification, "verification")
    write_table(select_types(candidates, verification), snakemake.output.types, "types")


if "snakemake" in globals():
    run_job(main, snakemake)
