"""Set open answers beside multiple choice: accuracies, gaps, types and the trade-off.

From what is asked and the responses by either protocol, of evaluated and fine-tuned models; makes
`results/tables/open_questions/open_answers.csv`, also as Markdown and LaTeX.
"""

from typing import Any

import pandas as pd

from spuriverse.evaluation import MARKED_COLUMNS, read_evaluation_samples
from spuriverse.finetuning import read_study_samples
from spuriverse.open_questions import (
    CHOICE,
    OPEN,
    compare_protocols,
    compare_tradeoffs,
    write_answer,
)
from spuriverse.tables import read_table, read_tables
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Estimate and save."""
    params, paths = snakemake.params, snakemake.input

    def read(files: Any) -> pd.DataFrame:
        return read_tables(files, "responses", MARKED_COLUMNS)

    protocols = compare_protocols(
        read_evaluation_samples(paths),
        {CHOICE: read(paths.choice), OPEN: read(paths.open)},
        threshold=params.threshold,
    )
    tradeoffs = compare_tradeoffs(
        read_study_samples(paths),
        {CHOICE: read(paths.tuned_choice), OPEN: read(paths.tuned_open)},
        read_tables(paths.runs, "runs"),
        read_table(paths.splits, "splits"),
        read_table(paths.types, "types"),
        base_model=params.base_model,
    )
    note = (
        "Accuracy, gap and types without options (the likeliest of all answers) and by multiple"
        " choice, and the trade-off by both; clusters are attributes, or images of ordinary ones."
    )
    table = pd.concat([protocols, tradeoffs], ignore_index=True)
    write_answer(table, snakemake.output.csv, note)


if "snakemake" in globals():
    run_job(main, snakemake)
