"""Tabulate the deciding gap and the gap on fresh images, for every type and on average.

From the gaps and the candidates; makes `results/tables/shrinkage.csv`.
"""

from typing import Any

from spuriverse.discovery.verification.truth import SHRINKAGE_COLUMNS, tabulate_shrinkage
from spuriverse.tables import read_table, write_result_csv
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Estimate and save."""
    table = tabulate_shrinkage(
        read_table(snakemake.input.verification, "verification"),
        read_table(snakemake.input.candidates, "candidates"),
    )
    write_result_csv(table, snakemake.output.table, SHRINKAGE_COLUMNS)


if "snakemake" in globals():
    run_job(main, snakemake)
