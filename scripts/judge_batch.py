"""Ask about a batch of images, and decide on the candidates whose evidence suffices.

From the batches so far and the verification models; makes the batch's `responses` and the
`evidence` table with the state of every candidate.
"""

from typing import Any

from spuriverse.discovery.verification import group_samples, keep_evident, verify_in_batches
from spuriverse.models import ModelSpec, ask_models
from spuriverse.tables import read_table, read_tables, write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Ask, decide and save."""
    params, inputs, output = snakemake.params, snakemake.input, snakemake.output
    candidates = read_table(inputs.candidates, "candidates")
    samples = read_tables(inputs.samples, "samples")
    asked = [group_samples(candidates, samples, read_table(g, "groups")) for g in inputs.groups]
    responses = ask_models(
        [ModelSpec.from_params(spec) for spec in params.verification_models],
        asked[-1],
        strategy=params.strategy,
        threads=snakemake.threads,
    )
    answered = [*(read_table(path, "responses") for path in inputs.earlier), responses]
    evidence = verify_in_batches(list(zip(asked, answered, strict=True)), **params.verification)
    evidence = keep_evident(evidence, candidates, params.least_attributes)
    write_table(responses, output.responses, "responses")
    write_table(evidence, output.evidence, "evidence")


if "snakemake" in globals():
    run_job(main, snakemake)
