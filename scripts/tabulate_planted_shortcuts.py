"""Tabulate which planted shortcuts took hold, against the control model.

From the pairs of every model of the zoo; makes `results/tables/planted_shortcuts.csv`.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from spuriverse.discovery.verification.truth import (
    PLANTED_SHORTCUT_COLUMNS,
    tabulate_planted_shortcuts,
)
from spuriverse.tables import read_table, write_result_csv
from spuriverse.workflow import run_job


def _by_model(paths: Iterable[str]) -> dict[str, pd.DataFrame]:
    return {Path(path).stem: read_table(path, "pairs") for path in paths}


def main(snakemake: Any) -> None:
    """Estimate and save."""
    table = tabulate_planted_shortcuts(
        _by_model(snakemake.input.biased),
        _by_model(snakemake.input.control),
    )
    write_result_csv(table, snakemake.output.table, PLANTED_SHORTCUT_COLUMNS)


if "snakemake" in globals():
    run_job(main, snakemake)
