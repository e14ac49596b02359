"""Take easy-VQA's test questions and images from the installed package.

From the package alone; makes `results/benchmarks/easy_vqa`: the samples and their PNG files.
"""

from pathlib import Path
from typing import Any

from spuriverse.benchmarks import make_easy_vqa_benchmark
from spuriverse.tables import atomic_path, write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Draw, copy and save."""
    output = snakemake.output
    with atomic_path(output.images) as folder:
        folder.mkdir(exist_ok=True)
        samples = make_easy_vqa_benchmark(
            folder,
            **snakemake.params.benchmark,
            seed=snakemake.params.seed,
            stored_as=Path(output.images),
        )
    write_table(samples, output.samples, "samples")


if "snakemake" in globals():
    run_job(main, snakemake)
