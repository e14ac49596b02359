"""Ask the source model every question of the benchmarks and collect its errors.

From the benchmarks' samples and the source model; makes the `responses` and the error set.
"""

from typing import Any

from spuriverse.curation import collect_errors
from spuriverse.job import run_job
from spuriverse.models import answer_samples, load_model
from spuriverse.tables import read_tables, write_table


def main(snakemake: Any) -> None:
    """Ask, compare and save."""
    params = snakemake.params
    samples = read_tables(snakemake.input.samples, "samples")
    model = load_model(snakemake.input.model, threads=snakemake.threads)
    responses = answer_samples(
        model, samples, protocol=params.protocol, batch_size=params.batch_size
    )
    write_table(responses, snakemake.output.responses, "responses")
    write_table(collect_errors(samples, responses), snakemake.output.errors, "errors")


if "snakemake" in globals():
    run_job(main, snakemake)
