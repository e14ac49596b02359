"""Tabulate which backgrounds pull which answers, and what accuracy they cost.

From the composites and every model's answers; makes `results/tables/composites.csv` and
`composites_accuracy.csv`, and the page with pictures.
"""

from typing import Any

from spuriverse.benchmarks import PLAIN
from spuriverse.evaluation import (
    BACKGROUND_COLUMNS,
    PULL_COLUMNS,
    join_composites,
    tabulate_backgrounds,
    tabulate_pulls,
)
from spuriverse.report.pages import render_composites
from spuriverse.tables import read_table, read_tables, write_result_csv, write_text
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Join, test, show and save."""
    answers = join_composites(
        read_table(snakemake.input.samples, "samples"),
        read_table(snakemake.input.design, "composites"),
        read_tables(snakemake.input.responses, "responses"),
    )
    backgrounds = tabulate_backgrounds(answers, plain=PLAIN, seed=snakemake.params.seed)
    pulls = tabulate_pulls(answers, plain=PLAIN, seed=snakemake.params.seed)
    write_result_csv(pulls, snakemake.output.pulls, PULL_COLUMNS)
    write_result_csv(backgrounds, snakemake.output.accuracy, BACKGROUND_COLUMNS)
    write_text(snakemake.output.page, render_composites(backgrounds, pulls, answers, plain=PLAIN))


if "snakemake" in globals():
    run_job(main, snakemake)
