"""Draw every model's accuracy on the three subsets, and its drops from the non-spurious set.

From `results/tables/main_results.csv`; makes `results/figures/main_results.pdf`.
"""

from typing import Any

import pandas as pd

from spuriverse.report.figures import plot_main_results, save_figure
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Draw and save."""
    table = pd.read_csv(snakemake.input.table)
    figure = plot_main_results(table)
    save_figure(figure, *snakemake.output)


if "snakemake" in globals():
    run_job(main, snakemake)
