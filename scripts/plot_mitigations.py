"""Draw robustness against ordinary accuracy, one curve per mitigation.

From `results/tables/mitigation_curves.csv`; makes `results/figures/mitigations.pdf` and `.png`.
"""

from typing import Any

import pandas as pd

from spuriverse.report.figures import plot_mitigations, save_figure
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Draw and save."""
    table = pd.read_csv(snakemake.input.curves)
    figure = plot_mitigations(table)
    save_figure(figure, *snakemake.output)


if "snakemake" in globals():
    run_job(main, snakemake)
