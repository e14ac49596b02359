"""Draw how well measures of heat maps tell fooled from right answers.

From `results/tables/spubench_heatmaps.csv`; makes `results/figures/spubench_heatmaps.pdf`.
"""

from typing import Any

import pandas as pd

from spuriverse.report.figures import plot_heatmaps, save_figure
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Draw and save."""
    table = pd.read_csv(snakemake.input.table)
    figure = plot_heatmaps(table)
    save_figure(figure, *snakemake.output)


if "snakemake" in globals():
    run_job(main, snakemake)
