"""Draw what every prompting strategy changes in a model's accuracy.

From `results/tables/prompting.csv`; makes `results/figures/prompting.pdf`.
"""

from typing import Any

import pandas as pd

from spuriverse.report.figures import plot_prompting, save_figure
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Draw and save."""
    params = snakemake.params
    table = pd.read_csv(snakemake.input.table)
    figure = plot_prompting(table, baseline=params.strategy)
    save_figure(figure, *snakemake.output)


if "snakemake" in globals():
    run_job(main, snakemake)
