"""Draw how many questions each step of curation leaves.

From `results/tables/curation_funnel.csv`; makes `results/figures/curation_funnel.pdf`.
"""

from typing import Any

import pandas as pd

from spuriverse.report.figures import plot_funnel, save_figure
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Draw and save."""
    save_figure(plot_funnel(pd.read_csv(snakemake.input.table)), *snakemake.output)


if "snakemake" in globals():
    run_job(main, snakemake)
