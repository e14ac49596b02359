"""Simulate how often each decision of verification errs.

Makes `results/tables/calibration_simulated.{csv,md,tex}` from nothing.
"""

from pathlib import Path
from typing import Any

from spuriverse.discovery.verification.truth import (
    SIMULATED_COLUMNS,
    SIMULATED_SHOWN,
    simulate_calibration,
)
from spuriverse.tables import write_result_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Simulate and save."""
    params = snakemake.params
    caption = (
        "False discovery rate and power of the gap alone (paper), and of the gap with a test of"
        " independent groups (corrected) and of minimal pairs (corrected_paired), on simulated"
        " candidates. Brackets: 95 % intervals over tries."
    )
    table = simulate_calibration(seed=params.seed, **params.verification)
    stem = Path(snakemake.output.csv).with_suffix("")
    write_result_table(table, stem, SIMULATED_COLUMNS, caption, SIMULATED_SHOWN)


if "snakemake" in globals():
    run_job(main, snakemake)
