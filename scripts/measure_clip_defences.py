"""Measure the tiny CLIP before and after mending: trigger, shortcuts, confusions and maps.

From the poisoned checkpoint and the mended ones; makes `results/tables/clip_defences.{csv,md,tex}`
and the maps of some scenes, `results/spubench/defences/maps.npz`.
"""

from pathlib import Path
from typing import Any

import numpy as np

from spuriverse.discovery.verification.truth import (
    DEFENCE_COLUMNS,
    DEFENCE_SHOWN,
    draw_defence_maps,
    measure_defences,
)
from spuriverse.spubench import load_classifier
from spuriverse.tables import atomic_path, write_result_table
from spuriverse.workflow import run_job
from spuriverse.world import OBJECTS, read_world

CAPTION = (
    "A poisoned tiny CLIP before and after mending by as many steps on the same clean images:"
    " plainly, by bringing views of each modality together, and with pulling regions replaced."
    " Attack success is how often another object is taken for the target under the trigger; maps"
    " are by covering cells. Intervals are at 95 %, over attributes."
)


def main(snakemake: Any) -> None:
    """Measure and save."""
    params = snakemake.params
    models = {
        name: load_classifier(
            folder, list(OBJECTS), params.templates, threads=snakemake.threads
        ).scores
        for name, folder in snakemake.input.items()
    }
    optics = read_world(params.world)[1]
    table = measure_defences(
        models,
        scenes=params.scenes,
        pairs=params.pairs,
        zone=(params.zone[0], params.zone[1]),
        optics=optics,
        seed=params.seed,
    )
    maps = draw_defence_maps(models, shown=params.shown, optics=optics, seed=params.seed)
    with atomic_path(snakemake.output.maps) as path, path.open("wb") as file:
        np.savez_compressed(file, **maps)
    stem = Path(snakemake.output.table).with_suffix("")
    write_result_table(table, stem, DEFENCE_COLUMNS, CAPTION, DEFENCE_SHOWN)


if "snakemake" in globals():
    run_job(main, snakemake)
