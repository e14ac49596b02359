"""Measure the tiny CLIP before and after mending: trigger, shortcuts, confusions and maps.

From the poisoned checkpoint and the mended ones; makes `results/tables/clip_defences.{csv,md,tex}`.
"""

from pathlib import Path
from typing import Any

from spuriverse.discovery.verification.truth import (
    DEFENCE_COLUMNS,
    DEFENCE_SHOWN,
    measure_defences,
)
from spuriverse.spubench import load_classifier
from spuriverse.tables import write_result_table
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
    table = measure_defences(
        models,
        scenes=params.scenes,
        pairs=params.pairs,
        zone=(params.zone[0], params.zone[1]),
        optics=read_world(params.world)[1],
        seed=params.seed,
    )
    stem = Path(snakemake.output[0]).with_suffix("")
    write_result_table(table, stem, DEFENCE_COLUMNS, CAPTION, DEFENCE_SHOWN)


if "snakemake" in globals():
    run_job(main, snakemake)
