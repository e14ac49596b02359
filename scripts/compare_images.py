"""Test for every attribute whether an encoder tells synthetic from natural images.

From the evaluated groups, the natural images and the encoder of MM-SpuBench; makes `two_samples`.
"""

from typing import Any

from spuriverse.evaluation import read_evaluation_samples
from spuriverse.models import load_contrastive
from spuriverse.open_questions import compare_images
from spuriverse.tables import read_table, write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Embed, test and save."""
    params, paths = snakemake.params, snakemake.input
    asked = read_evaluation_samples(paths)
    encoder = load_contrastive(
        params.clip or paths.encoder,
        name="the encoder (spubench.clip)",
        revision=params.revision,
        threads=snakemake.threads,
    )
    tests = compare_images(
        asked[asked["subset"].isin(["spurious", "core"])],
        read_table(paths.natural, "natural_images"),
        lambda images: encoder.embed_images(encoder.prepare(images)).cpu().numpy(),
        seed=params.seed,
        permutations=params.permutations,
    )
    write_table(tests, snakemake.output.tests, "two_samples")


if "snakemake" in globals():
    run_job(main, snakemake)
