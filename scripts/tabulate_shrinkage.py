"""Tabulate the gap that decided beside the gap on fresh images, for every type and on average.

From the gaps and the candidates; makes `results/tables/shrinkage.csv`.
"""

from typing import Any

from spuriverse.evaluation import SHRINKAGE_COLUMNS, tabulate_shrinkage
from spuriverse.job import run_job
from spuriverse.tables import read_table, write_csv


def main(snakemake: Any) -> None:
    """Estimate and save."""
    table = tabulate_shrinkage(
        read_table(snakemake.input.verification, "verification"),
        read_table(snakemake.input.candidates, "candidates"),
        seed=snakemake.params.seed,
        resamples=snakemake.params.resamples,
    )
    write_csv(table, snakemake.output.table, SHRINKAGE_COLUMNS)


if "snakemake" in globals():
    run_job(main, snakemake)
