"""Measure how far the reviewers agree beyond chance.

From the reviewers' decisions; makes `results/tables/agreement.csv`.
"""

from typing import Any

from spuriverse.curation import AGREEMENT_COLUMNS, agreement, read_decisions
from spuriverse.job import run_job
from spuriverse.tables import write_csv


def main(snakemake: Any) -> None:
    """Measure and save."""
    params = snakemake.params
    decisions = read_decisions(params.decisions)
    table = agreement(decisions, resamples=params.resamples, seed=params.seed)
    write_csv(table, snakemake.output.table, AGREEMENT_COLUMNS)


if "snakemake" in globals():
    run_job(main, snakemake)
