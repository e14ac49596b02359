"""Draw the accuracy of every model by type, which types mix, and what strategies change.

From the tables of MM-SpuBench; makes `results/figures/spubench_accuracy.pdf`,
`spubench_confusion.pdf` and `spubench_strategies.pdf`.
"""

from typing import Any

import pandas as pd

from spuriverse.report.figures import (
    plot_spubench_accuracy,
    plot_spubench_confusion,
    plot_spubench_strategies,
    save_figure,
)
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Draw and save."""
    read, output = snakemake.input, snakemake.output
    draw = {
        "accuracy": plot_spubench_accuracy,
        "confusion": plot_spubench_confusion,
        "strategies": plot_spubench_strategies,
    }
    for name, plot in draw.items():
        path = getattr(read, name, None)
        if path is None:
            continue
        table = pd.read_csv(path, keep_default_na=False, na_values=[""])
        save_figure(plot(table), output[name], output[f"{name}_png"])


if "snakemake" in globals():
    run_job(main, snakemake)
