"""Read the published questions of MM-SpuBench.

From the folder of the data set; makes `results/spubench/questions`: samples, attributes and options
as of questions that are written here, and the questions that cannot be asked, with the reason.
"""

from pathlib import Path
from typing import Any

from spuriverse.spubench import read_published_questions
from spuriverse.tables import write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Read and save."""
    params, output = snakemake.params, snakemake.output
    published = read_published_questions(
        Path(snakemake.input.source),
        keys=params.published["keys"],
        types=params.published["types"],
        refused_at_most=params.published["refused_at_most"],
    )
    write_table(published.samples, output.samples, "samples")
    write_table(published.attributes, output.attributes, "attributes")
    write_table(published.options, output.options, "options")
    write_table(published.refused, output.refused, "refused")


if "snakemake" in globals():
    run_job(main, snakemake)
