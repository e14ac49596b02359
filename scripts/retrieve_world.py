"""Render the embedded world's benchmark.

From the configuration alone; makes `results/benchmarks/world`: the samples and their PNG files.
"""

from pathlib import Path
from typing import Any

from spuriverse.benchmarks import make_world_benchmark
from spuriverse.tables import atomic_path, write_table
from spuriverse.workflow import run_job
from spuriverse.world import read_world


def main(snakemake: Any) -> None:
    """Draw, render and save."""
    params, output = snakemake.params, snakemake.output
    statistics, optics = read_world(params.world)
    with atomic_path(output.images) as folder:
        folder.mkdir(exist_ok=True)
        samples = make_world_benchmark(
            folder,
            **params.benchmark,
            statistics=statistics,
            optics=optics,
            seed=params.seed,
            processes=snakemake.threads,
            stored_as=Path(output.images),
        )
    write_table(samples, output.samples, "samples")


if "snakemake" in globals():
    run_job(main, snakemake)
