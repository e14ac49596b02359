"""Draw CGLA by model and type, and where every model and type falls among the failure signatures.

From `results/tables/spubench_cgla.csv` and `spubench_signatures.csv`; makes
`results/figures/spubench_cgla.pdf` and `spubench_signatures.pdf`.
"""

from typing import Any

import pandas as pd

from spuriverse.report.figures import plot_cgla, plot_signatures, save_figure
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Draw and save."""
    params, output = snakemake.params, snakemake.output
    table = pd.read_csv(snakemake.input.cgla)
    signatures = pd.read_csv(snakemake.input.signatures)
    save_figure(plot_cgla(table), output.cgla, output.cgla_png)
    figure = plot_signatures(
        table,
        signatures,
        accuracy_threshold=params.accuracy_threshold,
        cgla_threshold=params.cgla_threshold,
    )
    save_figure(figure, output.signatures, output.signatures_png)


if "snakemake" in globals():
    run_job(main, snakemake)
