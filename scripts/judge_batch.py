"""Ask about a batch of images, and decide on the candidates whose evidence suffices.

From the batches so far and the verification models; makes the batch's `responses` and the
`evidence` table that says how every candidate stands.
"""

from typing import Any

import pandas as pd

from spuriverse.job import run_job
from spuriverse.models import answer_samples, load_model
from spuriverse.tables import empty_table, read_table, read_tables, write_table
from spuriverse.verification import group_samples, verify_in_batches


def main(snakemake: Any) -> None:
    """Ask, decide and save."""
    params, inputs, output = snakemake.params, snakemake.input, snakemake.output
    candidates = read_table(inputs.candidates, "candidates")
    samples = read_tables(inputs.samples, "samples")
    asked = [group_samples(candidates, samples, read_table(g, "groups")) for g in inputs.groups]
    new = [
        answer_samples(
            load_model(folder, threads=snakemake.threads),
            asked[-1],
            protocol=params.protocol,
            batch_size=params.batch_size,
        )
        for folder in inputs.models
        if len(asked[-1])
    ]
    responses = pd.concat(new, ignore_index=True) if new else empty_table("responses")
    answered = [*(read_table(path, "responses") for path in inputs.earlier), responses]
    evidence = verify_in_batches(list(zip(asked, answered, strict=True)), **params.verification)
    write_table(responses, output.responses, "responses")
    write_table(evidence, output.evidence, "evidence")


if "snakemake" in globals():
    run_job(main, snakemake)
