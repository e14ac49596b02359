"""Tabulate the accuracy of every model by type, which types mix, and what strategies change.

From the questions and every model's responses; makes `results/tables/spubench_accuracy.csv`,
`spubench_confusion.csv` and `spubench_strategies.csv`, each also as Markdown and LaTeX.
"""

from pathlib import Path
from typing import Any

from spuriverse.questions import PROTOCOL
from spuriverse.spubench import (
    ACCURACY_COLUMNS,
    ACCURACY_SHOWN,
    CONFUSION_SHOWN,
    CONFUSION_TABLE_COLUMNS,
    STRATEGY_COLUMNS,
    STRATEGY_SHOWN,
    accuracy_by_type,
    compare_strategies,
    confusion_between_types,
    note_on_form,
    read_asked,
)
from spuriverse.tables import read_table, read_tables, write_result_table
from spuriverse.workflow import run_job

INTERVALS = (
    "Intervals are at 95 %, over spurious correlations (attribute and class) within types, or over"
    " questions where they have several types or name no class; there is none for fewer than four."
)


def main(snakemake: Any) -> None:
    """Estimate, compare and save."""
    params, output = snakemake.params, snakemake.output
    options = read_table(snakemake.input.options, "options")
    attributes = read_table(snakemake.input.attributes, "attributes")
    asked = read_asked(read_table(snakemake.input.samples, "samples"), attributes)
    responses = read_tables(snakemake.input.responses, "responses")
    first = params.strategies[0]
    settings = {"seed": params.seed, "resamples": params.resamples}
    end = f"{note_on_form(attributes)} Protocol {PROTOCOL}. {INTERVALS}"

    table = accuracy_by_type(asked, options, responses, strategy=first, **settings)
    caption = f"Accuracy by type of spurious correlation, asked by {first}. {end}"
    stem = Path(output.accuracy).with_suffix("")
    write_result_table(table, stem, ACCURACY_COLUMNS, caption, ACCURACY_SHOWN)

    table = confusion_between_types(asked, options, responses, strategy=first)
    caption = (
        "How often, on questions of each type, a class is chosen with which the true class is"
        f" confused under each type. {end}"
    )
    stem = Path(output.confusion).with_suffix("")
    write_result_table(table, stem, CONFUSION_TABLE_COLUMNS, caption, CONFUSION_SHOWN)

    if not output.get("strategies"):
        return
    table = compare_strategies(asked, responses, baseline=first)
    caption = (
        f"Accuracy by prompting strategy, and the difference to {first} on the same questions; p is"
        " that of the exact paired test, corrected by Holm's method for all tests of the table."
        f" {params.note} {end}"
    )
    stem = Path(output.strategies).with_suffix("")
    write_result_table(table, stem, STRATEGY_COLUMNS, caption, STRATEGY_SHOWN)


if "snakemake" in globals():
    run_job(main, snakemake)
