"""Tabulate what became of every synthetic image, and how good the gates' judgement is.

From the records of all images and the candidates; makes `results/tables/synthesis_audit.csv`.
"""

from typing import Any

from spuriverse.discovery.synthesis import AUDIT_COLUMNS, plan_seeds, tabulate_synthesis
from spuriverse.tables import read_table, write_result_csv
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Count, estimate and save."""
    params = snakemake.params
    # The sequential design makes as many images as a candidate needs.
    parts = plan_seeds(**params.seeds) if params.seeds else {}
    table = tabulate_synthesis(
        read_table(snakemake.input.records, "image_records"),
        read_table(snakemake.input.candidates, "candidates"),
        {part: len(seeds.wanted) for part, seeds in parts.items()},
    )
    write_result_csv(table, snakemake.output.table, AUDIT_COLUMNS)


if "snakemake" in globals():
    run_job(main, snakemake)
