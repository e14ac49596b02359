"""Measure likelihoods and heat maps of the fine-tuned models of one split of the trade-off.

From the questions of MM-SpuBench, the runs with the least and the greatest share of spurious
samples, the base model and the words it has learned; makes their `likelihoods` and `heatmaps`.
"""

from pathlib import Path
from typing import Any

from spuriverse.models import ModelSpec
from spuriverse.open_questions import measure_adapters
from spuriverse.tables import read_table, write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Measure and save."""
    params, paths = snakemake.params, snakemake.input
    runs = read_table(paths.runs, "runs")
    likelihoods, maps = measure_adapters(
        ModelSpec.from_params(params.spec),
        runs[runs["proportion"].isin(params.shares)],
        read_table(paths.samples, "samples"),
        read_table(paths.attributes, "attributes"),
        Path(paths.words),
        mapped=params.samples,
        cells=params.cells,
        batch_size=params.batch_size,
        seed=params.seed,
        threads=snakemake.threads,
    )
    write_table(likelihoods, snakemake.output.likelihoods, "likelihoods")
    write_table(maps, snakemake.output.maps, "heatmaps")


if "snakemake" in globals():
    run_job(main, snakemake)
