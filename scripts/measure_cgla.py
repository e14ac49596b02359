"""Measure the conditional generation likelihood advantage of one model, sample by sample.

From the questions of MM-SpuBench, their attributes and the model; makes the `likelihoods` of true
and predicted class under core and spurious prompt, and the words a tiny model learned in order to
read the prompts (none for other models).
"""

from typing import Any

from spuriverse.models import ModelSpec
from spuriverse.spubench.explain import (
    choose_samples,
    measure_cgla,
    open_explained,
    teach_attributes,
)
from spuriverse.tables import read_table, write_table
from spuriverse.workflow import run_job
from spuriverse.world import Lesson, Words


def main(snakemake: Any) -> None:
    """Load, teach, measure and save."""
    params = snakemake.params
    samples = read_table(snakemake.input.samples, "samples")
    attributes = read_table(snakemake.input.attributes, "attributes")
    spec = ModelSpec.from_params(params.spec)
    # No attentions are read here, and this kernel is the quickest.
    model = open_explained(spec, threads=snakemake.threads, attention="sdpa")
    words = Words.none()
    if params.training:
        words = teach_attributes(
            model,
            attributes,
            **params.training,
            lesson=Lesson(**params.lesson),
            seed=params.seed,
        )
    asked = choose_samples(samples, attributes)
    table = measure_cgla(model, asked, batch_size=params.batch_size)
    words.save(snakemake.output.words)
    write_table(table, snakemake.output.likelihoods, "likelihoods")


if "snakemake" in globals():
    run_job(main, snakemake)
