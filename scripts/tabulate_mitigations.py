"""Compare mitigations at equal robustness, and tabulate their curves.

From the points of all splits; makes `results/tables/mitigations.{csv,md,tex}` and
`results/tables/mitigation_curves.csv`, and `adaptive_regret.csv` if adaptive_scale is compared.
"""

from pathlib import Path
from typing import Any

from spuriverse.finetuning.mitigations import (
    COMPARISON_COLUMNS,
    COMPARISON_SHOWN,
    CURVE_COLUMNS,
    REGRET_COLUMNS,
    compare_methods,
    tabulate_curves,
    tabulate_regret,
)
from spuriverse.questions import PROTOCOL
from spuriverse.tables import read_tables, write_result_csv, write_result_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Compare and save."""
    params, output = snakemake.params, snakemake.output
    points = read_tables(snakemake.input.points, "mitigation_points")
    table = compare_methods(points, levels=params.levels)
    caption = (
        "What every mitigation loses on aligned and ordinary questions at the robustness that"
        f" mixing itself has in a split on held-out attributes; protocol {PROTOCOL}. The envelope"
        " is mixing over proportions and scales. Points are chosen on one half of the images and"
        " measured on the other. Intervals are over splits, corrected for the attributes that they"
        " share, at 95 %; of the two claims at 90 %, for one-sided tests at .05."
    )
    stem = Path(output.csv).with_suffix("")
    write_result_table(table, stem, COMPARISON_COLUMNS, caption, COMPARISON_SHOWN)
    write_result_csv(tabulate_curves(points), output.curves, CURVE_COLUMNS)
    if regret := output.get("regret"):
        write_result_csv(tabulate_regret(points), regret, REGRET_COLUMNS)


if "snakemake" in globals():
    run_job(main, snakemake)
