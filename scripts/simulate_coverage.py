"""Simulate how often every interval holds the truth, and how often every test errs.

Makes `results/tables/coverage.{csv,md,tex}` from nothing.
"""

from pathlib import Path
from typing import Any

from spuriverse.statistics import COVERAGE_COLUMNS, COVERAGE_SHOWN, simulate_coverage
from spuriverse.tables import write_result_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Simulate and save."""
    caption = (
        "How often 95 % intervals hold the truth, and how often tests at the level .05 reject what"
        " is true, in simulated worlds. Brackets: how well the simulation knows it, at 95 %."
    )
    table = simulate_coverage(seed=snakemake.params.seed)
    stem = Path(snakemake.output.csv).with_suffix("")
    write_result_table(table, stem, COVERAGE_COLUMNS, caption, COVERAGE_SHOWN)


if "snakemake" in globals():
    run_job(main, snakemake)
