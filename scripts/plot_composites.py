"""Draw what kinds of background cost, and which answers they pull.

From `results/records/composites_accuracy.csv` and `composites.csv`; makes
`results/figures/composites.pdf` and `.png`.
"""

from typing import Any

import pandas as pd

from spuriverse.report.figures import plot_composites, save_figure
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Draw and save."""
    tables = (pd.read_csv(snakemake.input[name]) for name in ("accuracy", "pulls"))
    save_figure(plot_composites(*tables), *snakemake.output)


if "snakemake" in globals():
    run_job(main, snakemake)
