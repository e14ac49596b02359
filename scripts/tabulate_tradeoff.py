"""Tabulate held-out robustness and ordinary accuracy by proportion and seed.

From the evaluation sets and the responses of the base model and of every fine-tuned one; makes
`results/tables/tradeoff.csv`.
"""

from pathlib import Path
from typing import Any

from spuriverse.evaluation import read_evaluation_samples
from spuriverse.finetuning import TRADEOFF_COLUMNS, held_out_responses, tabulate_tradeoff
from spuriverse.job import run_job
from spuriverse.tables import read_table, write_csv


def main(snakemake: Any) -> None:
    """Estimate and save."""
    inputs, params = snakemake.input, snakemake.params
    asked = read_evaluation_samples(inputs)
    splits = read_table(inputs.splits, "splits")
    base = read_table(inputs.base, "responses")
    runs = {("base", seed): held_out_responses(asked, base, splits, seed) for seed in params.seeds}
    for run_path, path in zip(inputs.runs, inputs.responses, strict=True):
        run = read_table(run_path, "runs").iloc[0]
        key = (f"{run['proportion']:g}", int(run["seed"]))
        runs[key] = held_out_responses(asked, read_table(Path(path), "responses"), splits, key[1])
    table = tabulate_tradeoff(runs, seed=params.seed, resamples=params.resamples)
    write_csv(table, snakemake.output.table, TRADEOFF_COLUMNS)


if "snakemake" in globals():
    run_job(main, snakemake)
