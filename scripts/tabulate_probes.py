"""Tabulate what the probes found, and whether they rank the models as these were trained.

From the rows of every model; makes `results/tables/probes.csv` (also as Markdown and LaTeX) and
`probe_ranks.csv`.
"""

from pathlib import Path
from typing import Any

import pandas as pd

from spuriverse.evaluation import (
    PROBE_COLUMNS,
    PROBE_SHOWN,
    RANK_COLUMNS,
    find_probes,
    rank_models,
    tabulate_probes,
)
from spuriverse.tables import write_result_csv, write_result_table
from spuriverse.workflow import run_job

CAPTION = (
    "What changed conditions do to the answers. Value under the condition, and the difference to"
    " what it is held against, on the same questions where there are pairs. Intervals are at 95 %,"
    " over attributes (images of the non-spurious set); p is that of the exact paired test,"
    " corrected by Holm's method for all tests of a probe. The rank correlation, of tiny models"
    " whose bias is known, is that of a probe's score and that bias."
)


def main(snakemake: Any) -> None:
    """Put together and save."""
    params, output = snakemake.params, snakemake.output
    probes = find_probes(params.names)
    table = tabulate_probes(map(pd.read_csv, snakemake.input.tables), params.bias, probes)
    stem = Path(output.csv).with_suffix("")
    write_result_table(table, stem, PROBE_COLUMNS, CAPTION, PROBE_SHOWN)
    ranks = rank_models(table, params.bias, probes)
    write_result_csv(ranks, output.ranks, RANK_COLUMNS)


if "snakemake" in globals():
    run_job(main, snakemake)
