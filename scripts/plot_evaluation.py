"""Draw the accuracy of every model on every subset.

From `results/tables/evaluation.csv`; makes `results/figures/evaluation.pdf`.
"""

from typing import Any

import pandas as pd

from spuriverse.report.figures import plot_evaluation, save_figure
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Draw and save."""
    table = pd.read_csv(snakemake.input.table)
    figure = plot_evaluation(table)
    save_figure(figure, *snakemake.output)


if "snakemake" in globals():
    run_job(main, snakemake)
