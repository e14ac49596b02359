"""Compare the way out with the envelope of mixing, by the protocol of the confirmation.

From the points of all splits; makes `results/tables/way_out.{csv,md,tex}`,
`results/tables/way_out_curves.csv` and `results/tables/way_out_parts.csv`.
"""

from pathlib import Path
from typing import Any

from spuriverse.finetuning.mitigations import (
    CURVE_COLUMNS,
    WAY_OUT_COLUMNS,
    WAY_OUT_PART_COLUMNS,
    WAY_OUT_SHOWN,
    tabulate_way_out,
    tabulate_way_out_curves,
    tabulate_way_out_parts,
)
from spuriverse.questions import PROTOCOL
from spuriverse.tables import read_tables, write_result_csv, write_result_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Compare and save."""
    params, output = snakemake.params, snakemake.output
    points = read_tables(snakemake.input.points, "mitigation_points")
    table = tabulate_way_out(points, losses=params.losses, levels=params.levels)
    caption = (
        "Robustness on held-out attributes at a given loss, and loss at the robustness that mixing"
        f" itself has; protocol {PROTOCOL} and docs/protocols/way-out.md. Points are chosen on one"
        " half of the images and measured on the other. Intervals are over splits, corrected for"
        " the attributes that they share, at 95 %."
    )
    stem = Path(output.csv).with_suffix("")
    write_result_table(table, stem, WAY_OUT_COLUMNS, caption, WAY_OUT_SHOWN)
    write_result_csv(tabulate_way_out_curves(points), output.curves, CURVE_COLUMNS)
    parts = read_tables(snakemake.input.parts, "mitigation_parts")
    by_part = tabulate_way_out_parts(points, parts, losses=params.losses)
    write_result_csv(by_part, output.parts, WAY_OUT_PART_COLUMNS)


if "snakemake" in globals():
    run_job(main, snakemake)
