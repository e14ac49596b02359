"""Measure the gap of every candidate and keep what is confirmed.

From candidates, groups and the verification models; makes `verification`, `types` and the models'
`responses`.
"""

from typing import Any

import pandas as pd

from spuriverse.discovery.verification import (
    group_samples,
    keep_at_least,
    select_types,
    verify_candidates,
)
from spuriverse.models import ModelSpec, ask_models
from spuriverse.tables import empty_table, read_table, read_tables, write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Ask every model what it was not asked yet, decide and save."""
    params, inputs, output = snakemake.params, snakemake.input, snakemake.output
    candidates = read_table(inputs.candidates, "candidates")
    samples = read_tables(inputs.samples, "samples")
    asked = group_samples(candidates, samples, read_table(inputs.groups, "groups"))
    earlier = inputs.get("answered", [])
    answered = read_tables(earlier, "responses") if earlier else empty_table("responses")
    waiting = asked[~asked["sample_id"].isin(answered["sample_id"])]
    new = ask_models(
        [ModelSpec.from_params(spec) for spec in params.verification_models],
        waiting,
        strategy=params.strategy,
        threads=snakemake.threads,
    )
    responses = pd.concat([answered, new], ignore_index=True) if len(new) else answered
    evidence = inputs.get("evidence")
    verification = verify_candidates(
        asked,
        responses,
        **params.verification,
        evidence=read_table(evidence, "evidence") if evidence else None,
    )
    verification = keep_at_least(verification, candidates, params.least_attributes)
    write_table(responses, output.responses, "responses")
    write_table(verification, output.verification, "verification")
    write_table(select_types(candidates, verification), output.types, "types")


if "snakemake" in globals():
    run_job(main, snakemake)
