"""Ask a model of the zoo about candidates of known truth.

From their images and the model; makes its table `calibration_candidates`, on which decisions are
tried.
"""

from typing import Any

import numpy as np

from spuriverse.discovery.verification.truth import (
    ask_calibration_candidates,
    draw_calibration_candidates,
)
from spuriverse.models import load_model
from spuriverse.tables import write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Ask and save."""
    table = ask_calibration_candidates(
        load_model(snakemake.input.model, threads=snakemake.threads),
        draw_calibration_candidates(**snakemake.params.candidates),
        np.load(snakemake.input.images, mmap_mode="r", allow_pickle=False),
        batch_size=snakemake.params.batch_size,
    )
    write_table(table, snakemake.output.responses, "calibration_candidates")


if "snakemake" in globals():
    run_job(main, snakemake)
