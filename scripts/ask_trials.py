"""Ask a model of the zoo about candidates of known truth.

From their images and the model; makes its `trials` table, on which decisions are tried.
"""

from typing import Any

import numpy as np

from spuriverse.discovery.verification.truth import ask_trials, draw_trials
from spuriverse.models import load_model
from spuriverse.tables import write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Ask and save."""
    table = ask_trials(
        load_model(snakemake.input.model, threads=snakemake.threads),
        draw_trials(**snakemake.params.trials),
        np.load(snakemake.input.images, mmap_mode="r", allow_pickle=False),
        batch_size=snakemake.params.batch_size,
    )
    write_table(table, snakemake.output.trials, "trials")


if "snakemake" in globals():
    run_job(main, snakemake)
