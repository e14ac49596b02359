"""Tabulate how every model does where a spurious attribute misleads, and where none does.

From the evaluation sets and every model's responses; makes `results/tables/main_results.csv`, the
same table as Markdown and LaTeX, and the predictions: every question beside every reply.
"""

from pathlib import Path
from typing import Any

from spuriverse.evaluation import (
    MAIN_COLUMNS,
    MAIN_SHOWN,
    main_results,
    predictions_in_chunks,
    read_evaluation_samples,
    read_published,
)
from spuriverse.questions import PROTOCOL
from spuriverse.tables import read_tables, table_writer, write_result_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Estimate, compare and save."""
    params = snakemake.params
    asked = read_evaluation_samples(snakemake.input, params.limit, params.seed)
    responses = read_tables(snakemake.input.responses, "responses")
    with table_writer(snakemake.output.predictions, "predictions") as writer:
        for predictions in predictions_in_chunks(asked, responses):
            writer.write(predictions)
    table = main_results(
        asked,
        responses,
        reference_model=params.reference_model,
        strategy=params.strategy,
        published=read_published(),
    )
    caption = (
        f"Accuracy of every model on anchors, spurious groups and the non-spurious set, asked by"
        f" the strategy {params.strategy}; protocol {PROTOCOL}. Intervals are at 95 %,"
        f" over attributes (images of the non-spurious set). The reference model is"
        f" {params.reference_model}; p is that of the exact paired test, corrected by Holm's"
        f" method for all tests of the table."
    )
    if params.limit:
        caption += f" At most {params.limit} questions of each subset were asked."
    if params.deciding_groups:
        caption += (
            " The spurious groups are the images by which the types were chosen, so that accuracies"
            " on them are too low on average for the models that verified."
        )
    stem = Path(snakemake.output.csv).with_suffix("")
    write_result_table(table, stem, MAIN_COLUMNS, caption, MAIN_SHOWN)


if "snakemake" in globals():
    run_job(main, snakemake)
