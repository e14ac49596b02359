"""Tabulate whether the way out transfers: other kinds, another model's types, other questions.

From the points of all cases; makes `results/tables/way_out_transfer.{csv,md,tex}`.
"""

from pathlib import Path
from typing import Any

import pandas as pd

from spuriverse.finetuning.mitigations import (
    WAY_OUT_TRANSFER_COLUMNS,
    WAY_OUT_TRANSFER_SHOWN,
    tabulate_transfer_of_way_out,
)
from spuriverse.questions import PROTOCOL
from spuriverse.tables import read_table, write_result_table
from spuriverse.workflow import run_job

CAPTION = (
    "The way out beyond its claim: one kind of attribute left out of training, types that were"
    " found on another model, and questions of another benchmark; each against the envelope of"
    f" mixing in the same case. Protocol {PROTOCOL}; points are chosen on one half of the images"
    " and measured on the other, intervals are over splits, at 95 %."
)


def main(snakemake: Any) -> None:
    """Compare and save."""
    inputs, params = snakemake.input, snakemake.params
    tables = {
        name: pd.concat(
            [
                read_table(path, f"mitigation_{name}").assign(case=case, of=of)
                for path, (case, of) in zip(inputs[name], params.cases, strict=True)
            ],
            ignore_index=True,
        )
        for name in ("points", "parts")
    }
    table = tabulate_transfer_of_way_out(**tables, losses=params.losses)
    stem = Path(snakemake.output.csv).with_suffix("")
    write_result_table(table, stem, WAY_OUT_TRANSFER_COLUMNS, CAPTION, WAY_OUT_TRANSFER_SHOWN)


if "snakemake" in globals():
    run_job(main, snakemake)
