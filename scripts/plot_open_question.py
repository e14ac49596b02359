"""Draw the answer to an open question, every number with its interval.

From `results/records/open_questions/<question>.csv`; makes
`results/figures/open_questions/<question>.pdf`.
"""

from typing import Any

import pandas as pd

from spuriverse.report.figures import plot_open_question, save_figure
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Draw and save."""
    table = pd.read_csv(snakemake.input.table)
    # A text that is blank was read as missing.
    texts = ["condition", "measure", "says"]
    save_figure(plot_open_question(table.fillna(dict.fromkeys(texts, ""))), *snakemake.output)


if "snakemake" in globals():
    run_job(main, snakemake)
