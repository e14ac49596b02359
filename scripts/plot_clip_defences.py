"""Draw what the tiny CLIP looks at before and after mending.

From `results/spubench/defences/maps.npz`; makes `results/figures/clip_defences.pdf` and `.png`.
"""

from typing import Any

import numpy as np

from spuriverse.report.figures import plot_defence_maps, save_figure
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Draw and save."""
    with np.load(snakemake.input.maps, allow_pickle=False) as maps:
        figure = plot_defence_maps(dict(maps))
    save_figure(figure, *snakemake.output)


if "snakemake" in globals():
    run_job(main, snakemake)
