"""Draw how often each decision of verification errs, by the number of images and models.

From `results/tables/verification_calibration.csv`; makes
`results/figures/verification_calibration.pdf`.
"""

from typing import Any

import pandas as pd

from spuriverse.report.figures import plot_calibration, save_figure
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Draw and save."""
    params = snakemake.params
    figure = plot_calibration(
        pd.read_csv(snakemake.input.table),
        false_discovery_rate=params.false_discovery_rate,
    )
    save_figure(figure, *snakemake.output)


if "snakemake" in globals():
    run_job(main, snakemake)
