"""Choose every method's hyper-parameters by their loss on validation attributes.

From all tried splits; makes `results/finetuning/mitigations/choice.csv`.
"""

from typing import Any

from spuriverse.finetuning.mitigations import CHOICE_COLUMNS, choose_settings
from spuriverse.tables import read_tables, write_csv
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Sum up, choose and save."""
    points = read_tables(snakemake.input.points, "mitigation_points")
    table = choose_settings(points, snakemake.params.methods, snakemake.params.levels)
    write_csv(table, snakemake.output.choice, CHOICE_COLUMNS)


if "snakemake" in globals():
    run_job(main, snakemake)
