"""Draw robustness and accuracy against the association of the world that base models learned.

From `results/tables/association.csv`; makes `results/figures/association.pdf` and `.png`.
"""

from typing import Any

import pandas as pd

from spuriverse.report.figures import plot_association, save_figure
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Draw and save."""
    table = pd.read_csv(snakemake.input.table, dtype={"proportion": str})
    save_figure(plot_association(table), *snakemake.output)


if "snakemake" in globals():
    run_job(main, snakemake)
