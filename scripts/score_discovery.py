"""Score proposals, candidates and types against the shortcuts that the source model has.

From the source model's pairs and the pipeline's tables; makes `results/tables/discovery.csv`.
"""

from typing import Any

from spuriverse.discovery.verification.truth import DISCOVERY_COLUMNS, score_discovery
from spuriverse.tables import read_table, write_result_csv
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Score and save."""
    inputs = snakemake.input
    proposals = read_table(inputs.proposals, "proposals")
    stages = {
        "proposed": proposals[["attribute"]],
        "paired": proposals[["attribute", "wrong"]],
        "candidates": read_table(inputs.candidates, "candidates")[["attribute"]],
        "verified": read_table(inputs.types, "types")[["attribute"]],
    }
    table = score_discovery(read_table(inputs.pairs, "pairs"), stages)
    write_result_csv(table, snakemake.output.table, DISCOVERY_COLUMNS)


if "snakemake" in globals():
    run_job(main, snakemake)
