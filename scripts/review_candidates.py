"""Accept or reject the annotated candidates.

From the annotated candidates and the reviewers' decisions; makes the accepted `candidates`, or
says how many still wait for a decision.
"""

from typing import Any

from spuriverse.discovery.review import accepted_candidates, settle_candidates
from spuriverse.tables import read_table, write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Settle and save."""
    params = snakemake.params
    annotated = read_table(snakemake.input.annotated, "candidates")
    settled = settle_candidates(annotated, review=params.review, decisions=params.decisions)
    candidates = accepted_candidates(settled, review=params.review)
    write_table(candidates, snakemake.output.candidates, "candidates")


if "snakemake" in globals():
    run_job(main, snakemake)
