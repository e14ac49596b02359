"""Render candidates of known truth, on which the decision of verification is tried.

From the configuration; makes one array of images, which is deleted once every model has seen it.
"""

from typing import Any

import numpy as np

from spuriverse.discovery.verification.truth import (
    draw_calibration_candidates,
    render_calibration_candidates,
)
from spuriverse.tables import atomic_path
from spuriverse.workflow import run_job
from spuriverse.world import read_world


def main(snakemake: Any) -> None:
    """Draw, render and save."""
    candidates = draw_calibration_candidates(**snakemake.params.candidates)
    images = render_calibration_candidates(
        candidates, read_world(snakemake.params.world)[1], snakemake.threads
    )
    with atomic_path(snakemake.output.images) as path:
        np.save(path, images, allow_pickle=False)


if "snakemake" in globals():
    run_job(main, snakemake)
