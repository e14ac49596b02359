"""Draw accuracy against the number of spurious types in training.

From `results/tables/ablation.csv`; makes `results/figures/ablation.pdf`.
"""

from typing import Any

import pandas as pd

from spuriverse.report.figures import plot_ablation, save_figure
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Draw and save."""
    table = pd.read_csv(snakemake.input.table, dtype={"seed": str})
    figure = plot_ablation(table)
    save_figure(figure, *snakemake.output)


if "snakemake" in globals():
    run_job(main, snakemake)
