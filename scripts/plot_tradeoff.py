"""Draw robustness on held-out types against accuracy on ordinary samples.

From `results/tables/tradeoff.csv`; makes `results/figures/tradeoff.pdf` and `.png`.
"""

from typing import Any

import pandas as pd

from spuriverse.report.figures import plot_tradeoff, save_figure
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Draw and save."""
    params = snakemake.params
    table = pd.read_csv(snakemake.input.table, dtype={"proportion": str, "seed": str})
    figure = plot_tradeoff(table, base_model=params.base_model)
    save_figure(figure, *snakemake.output)


if "snakemake" in globals():
    run_job(main, snakemake)
