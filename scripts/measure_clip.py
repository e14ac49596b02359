"""Measure how often the tiny CLIP is right without an attribute, with one, and with its own.

From the model; makes `results/tables/spubench_clip.csv`, which shows the shortcuts it learnt.
"""

from typing import Any

from spuriverse.discovery.verification.truth import CLIP_COLUMNS, measure_clip
from spuriverse.spubench import load_classifier
from spuriverse.tables import write_result_csv
from spuriverse.workflow import run_job
from spuriverse.world import OBJECTS, read_world


def main(snakemake: Any) -> None:
    """Classify and save."""
    params = snakemake.params
    classifier = load_classifier(
        snakemake.input.clip, list(OBJECTS), params.templates, threads=snakemake.threads
    )
    table = measure_clip(
        classifier.scores,
        pairs=params.pairs,
        optics=read_world(params.world)[1],
        seed=params.seed,
    )
    write_result_csv(table, snakemake.output.table, CLIP_COLUMNS)


if "snakemake" in globals():
    run_job(main, snakemake)
