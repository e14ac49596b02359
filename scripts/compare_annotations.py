"""Set models trained with annotations beside plain mixing and the base model.

From what the study asks and the runs and responses of all splits; makes
`results/tables/open_questions/annotations.csv`, also as Markdown and LaTeX.
"""

from typing import Any

from spuriverse.evaluation import MARKED_COLUMNS
from spuriverse.finetuning import read_study_samples
from spuriverse.open_questions import compare_annotations, write_answer
from spuriverse.tables import read_table, read_tables
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Compare and save."""
    paths = snakemake.input
    table = compare_annotations(
        read_study_samples(paths),
        read_tables(paths.responses, "responses", MARKED_COLUMNS),
        read_tables(paths.runs, "annotation_runs"),
        read_table(paths.splits, "splits"),
        read_table(paths.types, "types"),
        base_model=snakemake.params.base_model,
    )
    note = (
        "Accuracy on held-out attributes and ordinary images after training with annotations of"
        " core and spurious attributes; clusters are attributes, or images of ordinary questions."
    )
    write_answer(table, snakemake.output.csv, note)


if "snakemake" in globals():
    run_job(main, snakemake)
