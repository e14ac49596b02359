"""Draw what the probes found in every model.

From `results/tables/probes.csv`; makes `results/figures/probes.pdf` and `.png`.
"""

from typing import Any

import pandas as pd

from spuriverse.report.figures import plot_probes, save_figure
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Draw and save."""
    save_figure(plot_probes(pd.read_csv(snakemake.input.table)), *snakemake.output)


if "snakemake" in globals():
    run_job(main, snakemake)
