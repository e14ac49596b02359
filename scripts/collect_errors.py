"""Ask the source model every question of the benchmarks and collect its errors.

From the benchmarks' samples and the source model, which is a checkpoint or a table of recorded
replies; makes the `responses` and the error set.
"""

from typing import Any

import pandas as pd

from spuriverse.discovery.curation import collect_errors
from spuriverse.models import LOOKED_UP_COLUMNS, answer_from_records, answer_samples, load_model
from spuriverse.tables import read_table, read_tables, write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Ask, compare and save."""
    samples = read_tables(snakemake.input.samples, "samples")
    responses = _answer(snakemake, samples)
    write_table(responses, snakemake.output.responses, "responses")
    write_table(collect_errors(samples, responses), snakemake.output.errors, "errors")


def _answer(snakemake: Any, samples: pd.DataFrame) -> pd.DataFrame:
    params, source = snakemake.params, snakemake.input.model
    if params.recorded:
        records = read_table(source, "records", LOOKED_UP_COLUMNS)
        return answer_from_records(records, samples, model=params.recorded)
    model = load_model(source, threads=snakemake.threads)
    return answer_samples(model, samples, batch_size=params.batch_size)


if "snakemake" in globals():
    run_job(main, snakemake)
