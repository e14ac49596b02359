"""Compare mitigations at equal robustness, and tabulate their curves.

From the points of all splits; makes `results/tables/mitigations.{csv,md,tex}` and
`results/tables/mitigation_curves.csv`.
"""

from pathlib import Path
from typing import Any

from spuriverse.finetuning.mitigations import (
    COMPARISON_COLUMNS,
    COMPARISON_SHOWN,
    CURVE_COLUMNS,
    compare_methods,
    tabulate_curves,
)
from spuriverse.questions import PROTOCOL
from spuriverse.tables import read_tables, write_csv, write_result_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Compare and save."""
    params, output = snakemake.params, snakemake.output
    points = read_tables(snakemake.input.points, "mitigation_points")
    sampling = {"seed": params.seed, "resamples": params.resamples}
    table = compare_methods(points, targets=params.targets, **sampling)
    caption = (
        "What every mitigation loses on aligned and ordinary questions at equal robustness on"
        f" held-out attributes, and the hypervolume under its curve; protocol {PROTOCOL}."
        " Values are means over splits, compared with mixing in the splits where both reach the"
        " robustness. Intervals are at 95 %, over splits: Student's, of ratios by bootstrap."
    )
    stem = Path(output.csv).with_suffix("")
    write_result_table(table, stem, COMPARISON_COLUMNS, caption, COMPARISON_SHOWN)
    write_csv(tabulate_curves(points, **sampling), output.curves, CURVE_COLUMNS)


if "snakemake" in globals():
    run_job(main, snakemake)
