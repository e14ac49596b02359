"""Tabulate held-out robustness and ordinary accuracy by proportion and seed.

From what the study asks and the responses of the base model and of every fine-tuned one; makes
`results/tables/tradeoff.csv`.
"""

from typing import Any

from spuriverse.evaluation import MARKED_COLUMNS
from spuriverse.finetuning import (
    TRADEOFF_COLUMNS,
    held_out_responses,
    read_study_samples,
    tabulate_tradeoff,
)
from spuriverse.tables import read_table, read_tables, write_result_csv
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Estimate and save."""
    inputs, params = snakemake.input, snakemake.params
    asked = read_study_samples(inputs)
    splits = read_table(inputs.splits, "splits")
    types = read_table(inputs.types, "types")
    answered = read_tables(inputs.responses, "responses", MARKED_COLUMNS)
    base = answered[answered["model"] == params.base_model].drop_duplicates("sample_id")
    runs = {
        ("base", seed): held_out_responses(asked, base, splits, types, seed)
        for seed in params.seeds
    }
    for run in read_tables(inputs.runs, "runs").to_dict("records"):
        seed, mine = int(run["seed"]), answered[answered["model"] == run["run_id"]]
        runs[f"{run['proportion']:g}", seed] = held_out_responses(asked, mine, splits, types, seed)
    table = tabulate_tradeoff(runs)
    write_result_csv(table, snakemake.output.table, TRADEOFF_COLUMNS)


if "snakemake" in globals():
    run_job(main, snakemake)
