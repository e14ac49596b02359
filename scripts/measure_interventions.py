"""Score what a model says before and after the cue is removed from image or prompt.

From the questions of MM-SpuBench, their attributes and scenes, the model and the words it has
learned; makes the `interventions` of one model.
"""

from typing import Any

from spuriverse.models import ModelSpec
from spuriverse.open_questions import measure_interventions
from spuriverse.spubench import render_without
from spuriverse.spubench.explain import choose_samples, open_explained
from spuriverse.tables import read_table, write_table
from spuriverse.workflow import run_job
from spuriverse.world import Words, read_world


def main(snakemake: Any) -> None:
    """Load, render without the cue, score and save."""
    params, paths = snakemake.params, snakemake.input
    samples = read_table(paths.samples, "samples")
    asked = choose_samples(samples, read_table(paths.attributes, "attributes"))
    model = open_explained(
        ModelSpec.from_params(params.spec),
        threads=snakemake.threads,
        attention="sdpa",
        words=Words.load(paths.words),
    )
    _, optics = read_world(params.world)
    # Images of other sources have no scene to render again.
    scenes = read_table(paths.scenes, "scenes") if paths.scenes else None
    without = {} if scenes is None else render_without(asked["image"].tolist(), scenes, optics)
    table = measure_interventions(model, asked, without, params.batch_size)
    write_table(table, snakemake.output.table, "interventions")


if "snakemake" in globals():
    run_job(main, snakemake)
