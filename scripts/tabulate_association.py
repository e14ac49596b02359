"""Tabulate the trade-off of several base models, by the association of the world they learned.

From what the study asks and the responses of every base model and fine-tuned one; makes
`results/tables/association.csv`.
"""

from typing import Any

from spuriverse.evaluation import MARKED_COLUMNS
from spuriverse.finetuning import (
    ASSOCIATION_COLUMNS,
    held_out_responses,
    read_study_samples,
    tabulate_association,
)
from spuriverse.tables import read_table, read_tables, write_result_csv
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Estimate and save."""
    inputs, params = snakemake.input, snakemake.params
    asked = read_study_samples(inputs)
    splits, types = read_table(inputs.splits, "splits"), read_table(inputs.types, "types")
    answered = read_tables(inputs.responses, "responses", MARKED_COLUMNS)
    by_model = dict(iter(answered.groupby("model")))
    made = [
        (run["base_model"], f"{run['proportion']:g}", int(run["seed"]), run["run_id"])
        for run in read_tables(inputs.runs, "runs").to_dict("records")
    ]
    base = [(model, "base", seed, model) for model, _, seed, _ in made]
    runs = {
        (model, proportion, seed): held_out_responses(
            asked, by_model[name].drop_duplicates("sample_id"), splits, types, seed
        )
        for model, proportion, seed, name in dict.fromkeys([*base, *made])
    }
    table = tabulate_association(runs, params.associations)
    write_result_csv(table, snakemake.output.table, ASSOCIATION_COLUMNS)


if "snakemake" in globals():
    run_job(main, snakemake)
