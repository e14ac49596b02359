"""Tabulate how often each decision of verification keeps true and false candidates.

From the answers to candidates of known truth; makes `results/tables/verification_calibration.csv`.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from spuriverse.discovery.verification.truth import (
    CALIBRATION_COLUMNS,
    read_pool,
    tabulate_calibration,
)
from spuriverse.tables import read_table, write_result_csv
from spuriverse.workflow import run_job


def _by_model(paths: Iterable[str]) -> dict[str, pd.DataFrame]:
    return {Path(path).stem: read_table(path, "calibration_candidates") for path in paths}


def main(snakemake: Any) -> None:
    """Try and save."""
    inputs, params = snakemake.input, snakemake.params
    control = list(_by_model(inputs.get("control", [])).values())
    pool = read_pool(_by_model(inputs.get("deciding", [])), control)
    table = tabulate_calibration(pool, sizes=params.sizes, **params.calibration)
    write_result_csv(table, snakemake.output.table, CALIBRATION_COLUMNS)


if "snakemake" in globals():
    run_job(main, snakemake)
