"""Tabulate the fine-tuning study: regimes, the ablation over types, what was held out.

From the evaluation sets and the responses of the base models and of every fine-tuned one; makes
`results/tables/finetuning` as CSV, Markdown and LaTeX, and the tables of the other studies.
"""

from pathlib import Path
from typing import Any

import pandas as pd

from spuriverse.evaluation import MARKED_COLUMNS, read_published
from spuriverse.finetuning import (
    ABLATION_COLUMNS,
    FINETUNING_COLUMNS,
    HELD_OUT_COLUMNS,
    ablation_results,
    as_paper_table,
    compare_runs,
    finetuning_results,
    held_out_results,
    read_study_samples,
    tag_held_out_types,
    tag_other_benchmarks,
)
from spuriverse.questions import PROTOCOL
from spuriverse.tables import read_table, read_tables, write_marked_up, write_result_csv
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Estimate and save."""
    inputs, output = snakemake.input, snakemake.output
    compared = compare_runs(
        read_tables(inputs.runs, "runs"),
        read_tables(inputs.responses, "responses", MARKED_COLUMNS),
        read_study_samples(inputs),
    )
    of = dict(iter(compared.groupby("study")))
    table = finetuning_results(of["regimes"], read_published())
    write_result_csv(table, output.csv, FINETUNING_COLUMNS)
    _write_paper_table(table, output)
    write_result_csv(ablation_results(of["ablation"]), output.ablation, ABLATION_COLUMNS)
    types = tag_held_out_types(of["regimes"], read_table(inputs.types, "types"))
    write_result_csv(held_out_results(types), output.types, HELD_OUT_COLUMNS)
    other = [of.get("benchmarks", types.iloc[:0]), tag_other_benchmarks(of["regimes"])]
    benchmarks = pd.concat(other, ignore_index=True)
    for rows, path in ((of.get("kinds"), output.kinds), (benchmarks, output.benchmarks)):
        table = pd.DataFrame(columns=list(HELD_OUT_COLUMNS))
        if rows is not None and len(rows):
            table = held_out_results(rows)
        write_result_csv(table, path, HELD_OUT_COLUMNS)


def _write_paper_table(table: pd.DataFrame, output: Any) -> None:
    caption = (
        "Fine-tuning by regime: accuracy, mean over seeds, with 95 % intervals over"
        f" attributes (protocol: {PROTOCOL}); in the shape of SpuriVerse, Table 4"
    )
    wide, shown = as_paper_table(table)
    write_marked_up(wide, Path(output.md).with_suffix(""), caption, shown)


if "snakemake" in globals():
    run_job(main, snakemake)
