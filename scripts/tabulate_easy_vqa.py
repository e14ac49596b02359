"""Tabulate the source model's accuracy on easy-VQA, per category, beside the prior.

From the samples and the responses of the error collection; makes `results/tables/easy_vqa.csv`.
"""

from typing import Any

from spuriverse.evaluation import CATEGORY_COLUMNS, tabulate_categories
from spuriverse.tables import read_table, write_result_csv
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Estimate and save."""
    table = tabulate_categories(
        read_table(snakemake.input.samples, "samples"),
        read_table(snakemake.input.responses, "responses"),
    )
    write_result_csv(table, snakemake.output.table, CATEGORY_COLUMNS)


if "snakemake" in globals():
    run_job(main, snakemake)
