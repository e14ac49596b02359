"""Draw robustness against loss of all mitigations, with what each needs and costs.

From `results/tables/mitigations.csv`; makes `results/figures/methods.pdf` and `.png`.
"""

from typing import Any

import pandas as pd

from spuriverse.report.figures import plot_methods, save_figure
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Draw and save."""
    table = pd.read_csv(snakemake.input.table)
    save_figure(plot_methods(table), *snakemake.output)


if "snakemake" in globals():
    run_job(main, snakemake)
