"""Propose the attribute behind each group of errors, and choose the candidates' anchors.

From samples, responses and errors; makes `proposals` and `candidates`.
"""

from typing import Any

from spuriverse.curation import choose_candidates, propose_attributes
from spuriverse.job import run_job
from spuriverse.tables import read_table, read_tables, write_table


def main(snakemake: Any) -> None:
    """Test, choose and save."""
    curation = snakemake.params.curation
    samples = read_tables(snakemake.input.samples, "samples")
    responses = read_table(snakemake.input.responses, "responses")
    proposals = propose_attributes(
        samples,
        responses,
        false_discovery_rate=curation["false_discovery_rate"],
        minimum_effect=curation["minimum_effect"],
    )
    candidates = choose_candidates(
        read_table(snakemake.input.errors, "errors"),
        proposals,
        anchors_per_attribute=curation["anchors_per_attribute"],
        seed=snakemake.params.seed,
    )
    write_table(proposals, snakemake.output.proposals, "proposals")
    write_table(candidates, snakemake.output.candidates, "candidates")


if "snakemake" in globals():
    run_job(main, snakemake)
