"""Tabulate how many images the sequential design saves against the fixed one.

From the answers to candidates of known truth; makes `results/tables/sequential_savings.csv`.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from spuriverse.discovery.verification.truth import SAVINGS_COLUMNS, read_pool, tabulate_savings
from spuriverse.tables import read_table, write_result_csv
from spuriverse.workflow import run_job


def _by_model(paths: Iterable[str]) -> dict[str, pd.DataFrame]:
    return {Path(path).stem: read_table(path, "calibration_candidates") for path in paths}


def main(snakemake: Any) -> None:
    """Try and save."""
    inputs, params = snakemake.input, snakemake.params
    control = list(_by_model(inputs.get("control", [])).values())
    pool = read_pool(_by_model(inputs.get("deciding", [])), control)
    table = tabulate_savings(
        pool,
        images_per_group=params.images_per_group,
        **params.sequential,
        **params.calibration,
    )
    write_result_csv(table, snakemake.output.table, SAVINGS_COLUMNS)


if "snakemake" in globals():
    run_job(main, snakemake)
