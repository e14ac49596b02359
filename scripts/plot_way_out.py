"""Draw robustness against accuracy: the baseline, the three steps, base and blind model.

From `results/records/way_out_curves.csv`; makes `results/figures/way_out.pdf` and `.png`.
"""

from typing import Any

import pandas as pd

from spuriverse.report.figures import plot_way_out, save_figure
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Draw and save."""
    save_figure(plot_way_out(pd.read_csv(snakemake.input.curves)), *snakemake.output)


if "snakemake" in globals():
    run_job(main, snakemake)
