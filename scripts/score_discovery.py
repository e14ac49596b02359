"""Score proposals, candidates and types against the shortcuts that the source model has.

From the source model's pairs and the pipeline's tables; makes `results/tables/discovery.csv`.
"""

from typing import Any

import pandas as pd

from spuriverse.discovery.suspicions import MOVES, PASTED, read_shortcuts
from spuriverse.discovery.verification.truth import (
    DISCOVERY_COLUMNS,
    name_suspicions,
    score_discovery,
)
from spuriverse.tables import read_table, read_tables, write_result_csv
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
    pairs = read_table(inputs.pairs, "pairs")
    tables = [score_discovery(pairs, stages)]
    tables.append(score_discovery(pairs, _of_regions(inputs), annotator="regions"))
    table = pd.concat(tables, ignore_index=True)
    write_result_csv(table, snakemake.output.table, DISCOVERY_COLUMNS)


def _of_regions(inputs: Any) -> dict[str, pd.DataFrame]:
    """The stages of suspicions from pixels, each called by what its pictures have in common."""
    found = read_shortcuts(inputs.shortcuts)
    names = name_suspicions(
        read_tables(inputs.samples, "samples"), read_table(inputs.regions, "regions")
    )
    found["attribute"] = found["attribute"].map(names)
    verified = found[found["evidence"].isin(PASTED)]
    fresh = verified[verified["fresh_n"] > 0]
    return {
        "proposed": found[["attribute"]],
        "paired": found[["attribute", "wrong"]],
        "verified": verified[["attribute", "wrong"]],
        "fresh": fresh[["attribute", "wrong"]].assign(moves=fresh["fresh_difference"] > MOVES),
    }


if "snakemake" in globals():
    run_job(main, snakemake)
