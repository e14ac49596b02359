"""Tabulate robustness on unseen attributes by the number of training attributes and types.

From what the study asks, the runs and responses of the study `diversity` and the attributes'
vectors; makes `results/tables/open_questions/generalising.csv`, also as Markdown and LaTeX.
"""

from typing import Any

import numpy as np

from spuriverse.evaluation import MARKED_COLUMNS
from spuriverse.finetuning import read_study_samples
from spuriverse.open_questions import tabulate_diversity, write_answer
from spuriverse.tables import read_table, read_tables
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Estimate and save."""
    params, paths = snakemake.params, snakemake.input
    vectors = read_table(paths.vectors, "attribute_vectors")
    table = tabulate_diversity(
        read_study_samples(paths),
        read_tables(paths.responses, "responses", MARKED_COLUMNS),
        read_tables(paths.runs, "runs"),
        read_table(paths.splits, "splits"),
        read_table(paths.types, "types"),
        {row.attribute: np.array(row.vector) for row in vectors.itertuples()},
        base_model=params.base_model,
        planned=params.planned,
        seed=params.seed,
        resamples=params.resamples,
    )
    note = (
        "Robustness (accuracy on the spurious groups of held-out attributes) by the number of"
        " training attributes and types, at equal images; clusters are attributes."
    )
    write_answer(table, snakemake.output.csv, note)


if "snakemake" in globals():
    run_job(main, snakemake)
