"""Tabulate what prompting strategies, the order of the options and the image change.

From the evaluation sets and every model's responses; makes `results/tables/prompting.csv`, and, if
they are asked for, `consistency.csv` and `blind.csv` beside it; each also as Markdown and LaTeX.
"""

from pathlib import Path
from typing import Any

from spuriverse.evaluation import (
    BLIND_COLUMNS,
    BLIND_SHOWN,
    CONSISTENCY_COLUMNS,
    CONSISTENCY_SHOWN,
    PROMPTING_COLUMNS,
    PROMPTING_SHOWN,
    blind_results,
    consistency_results,
    prompting_results,
    read_evaluation_samples,
    read_published,
)
from spuriverse.questions import PROTOCOL
from spuriverse.tables import read_tables, write_result_table
from spuriverse.workflow import run_job

INTERVALS = "Intervals are at 95 %, over attributes (images of the non-spurious set)."


def main(snakemake: Any) -> None:
    """Estimate, compare and save."""
    params, output = snakemake.params, snakemake.output
    asked = read_evaluation_samples(snakemake.input, params.limit, params.seed)
    responses = read_tables(snakemake.input.responses, "responses")
    end = f"Protocol {PROTOCOL}. {INTERVALS}"

    if prompting := output.get("csv"):
        table = prompting_results(
            asked, responses, baseline=params.strategy, published=read_published()
        )
        caption = (
            f"Accuracy by prompting strategy, and the difference to {params.strategy} on the same"
            f" questions; p is that of the exact paired test, corrected by Holm's method for all"
            f" tests of the table. {end}"
        )
        stem = Path(prompting).with_suffix("")
        write_result_table(table, stem, PROMPTING_COLUMNS, caption, PROMPTING_SHOWN)

    if consistency := output.get("consistency"):
        table = consistency_results(asked, responses, strategy=params.strategy)
        caption = f"Whether the answer stays the same in whatever order the options stand. {end}"
        stem = Path(consistency).with_suffix("")
        write_result_table(table, stem, CONSISTENCY_COLUMNS, caption, CONSISTENCY_SHOWN)

    if blind := output.get("blind"):
        table = blind_results(asked, responses, strategy=params.strategy)
        caption = f"Accuracy with the image and without it. {end}"
        stem = Path(blind).with_suffix("")
        write_result_table(table, stem, BLIND_COLUMNS, caption, BLIND_SHOWN)


if "snakemake" in globals():
    run_job(main, snakemake)
