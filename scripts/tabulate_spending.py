"""Tabulate what the remote models have answered and cost so far.

From the store of their replies, once everything is asked; makes `results/tables/spending.csv`.
"""

from typing import Any

from spuriverse.models.remote import ACCOUNT_COLUMNS, tabulate_accounts
from spuriverse.tables import write_result_csv
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Count and save."""
    table = tabulate_accounts(snakemake.params.store, snakemake.params.names)
    write_result_csv(table, snakemake.output.table, ACCOUNT_COLUMNS)


if "snakemake" in globals():
    run_job(main, snakemake)
