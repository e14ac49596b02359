"""Confirm the candidates on one base model, so that its shortcuts can be unlearned.

From candidates, groups and the base model; makes its own `verification` and `types`.
"""

from typing import Any

from spuriverse.discovery.verification import (
    group_samples,
    keep_at_least,
    select_types,
    verify_candidates,
)
from spuriverse.models import answer_samples, load_model
from spuriverse.tables import read_table, read_tables, write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Ask the model, decide and save."""
    params, inputs, output = snakemake.params, snakemake.input, snakemake.output
    candidates = read_table(inputs.candidates, "candidates")
    samples = read_tables(inputs.samples, "samples")
    asked = group_samples(candidates, samples, read_table(inputs.groups, "groups"))
    model = load_model(inputs.model, threads=snakemake.threads)
    responses = answer_samples(model, asked, batch_size=params.batch_size)
    verification = verify_candidates(asked, responses, **params.verification)
    verification = keep_at_least(verification, candidates, params.least_attributes)
    write_table(verification, output.verification, "verification")
    write_table(select_types(candidates, verification), output.types, "types")


if "snakemake" in globals():
    run_job(main, snakemake)
