"""Tabulate the accuracy of every model on every subset.

From the evaluation sets and every model's responses; makes `results/tables/evaluation.csv`.
"""

from typing import Any

from spuriverse.evaluation import (
    EVALUATION_COLUMNS,
    MARKED_COLUMNS,
    read_evaluation_samples,
    tabulate_evaluation,
)
from spuriverse.tables import read_tables, write_result_csv
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Estimate and save."""
    table = tabulate_evaluation(
        read_evaluation_samples(snakemake.input),
        read_tables(snakemake.input.responses, "responses", MARKED_COLUMNS),
    )
    write_result_csv(table, snakemake.output.table, EVALUATION_COLUMNS)


if "snakemake" in globals():
    run_job(main, snakemake)
