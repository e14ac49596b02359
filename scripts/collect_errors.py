"""Ask the source model every question of the benchmarks and collect its errors.

From the benchmarks' samples and the source model, which is loaded, behind a server, or a table of
recorded replies; makes the `responses` and the error set.
"""

from typing import Any

import pandas as pd

from spuriverse.discovery.curation import collect_errors
from spuriverse.models import (
    LOOKED_UP_COLUMNS,
    ModelSpec,
    Variant,
    answer_from_records,
    ask_variants,
)
from spuriverse.models.remote import await_server
from spuriverse.tables import read_table, read_tables, write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Ask, compare and save."""
    samples = read_tables(snakemake.input.samples, "samples")
    responses = _answer(snakemake, samples)
    write_table(responses, snakemake.output.responses, "responses")
    write_table(collect_errors(samples, responses), snakemake.output.errors, "errors")


def _answer(snakemake: Any, samples: pd.DataFrame) -> pd.DataFrame:
    params = snakemake.params
    if params.recorded:
        records = read_table(snakemake.input.model, "records", LOOKED_UP_COLUMNS)
        return answer_from_records(records, samples, model=params.recorded)
    server = snakemake.input.get("server")
    return ask_variants(
        ModelSpec.from_params(params.spec),
        [Variant(samples, params.strategy)],
        threads=snakemake.threads,
        address=await_server(server) if server else None,
    )


if "snakemake" in globals():
    run_job(main, snakemake)
