"""Tabulate how fine-tuning changes one model on types that were found on another.

From the evaluation sets of every model on which types were found, and the responses before and
after; makes `results/tables/transfer.csv`.
"""

from types import SimpleNamespace
from typing import Any

import pandas as pd

from spuriverse.evaluation import MARKED_COLUMNS
from spuriverse.finetuning import (
    TRANSFER_COLUMNS,
    compare_runs,
    read_study_samples,
    transfer_results,
)
from spuriverse.tables import read_tables, write_result_csv
from spuriverse.workflow import run_job

_SETS = ("candidates", "groups", "types", "splits", "non_spurious")


def main(snakemake: Any) -> None:
    """Estimate and save."""
    inputs, params = snakemake.input, snakemake.params
    runs = read_tables(inputs.runs, "runs")
    responses = read_tables(inputs.responses, "responses", MARKED_COLUMNS)
    compared = []
    for place, source in enumerate(params.sources):
        sets = {key: getattr(inputs, key)[place] for key in _SETS}
        drawn = [inputs.test_sets[place]]
        paths = SimpleNamespace(samples=inputs.samples, test_sets=drawn, **sets)
        part = compare_runs(
            runs[runs["study"] == f"transfer-{source}"],
            responses,
            read_study_samples(paths),
        )
        compared.append(part.assign(found_on=source))
    table = transfer_results(pd.concat(compared, ignore_index=True))
    write_result_csv(table, snakemake.output.table, TRANSFER_COLUMNS)


if "snakemake" in globals():
    run_job(main, snakemake)
