"""Measure how far the reviewers agree beyond chance.

From the reviewers' decisions; makes `results/tables/agreement.csv`.
"""

from typing import Any

from spuriverse.discovery.review import AGREEMENT_COLUMNS, read_decisions, tabulate_agreement
from spuriverse.tables import write_result_csv
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Measure and save."""
    params = snakemake.params
    decisions = read_decisions(params.decisions)
    table = tabulate_agreement(decisions, resamples=params.resamples, seed=params.seed)
    write_result_csv(table, snakemake.output.table, AGREEMENT_COLUMNS)


if "snakemake" in globals():
    run_job(main, snakemake)
