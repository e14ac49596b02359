"""Tabulate whether heat maps tell fooled from right answers, and whether occlusion confirms them.

From every model's measured heat maps; makes `results/tables/spubench_heatmaps.csv` and
`results/tables/spubench_occlusion.csv`, both also as Markdown and LaTeX.
"""

from pathlib import Path
from typing import Any

from spuriverse.questions import PROTOCOL
from spuriverse.spubench.explain import (
    HEATMAP_COLUMNS,
    HEATMAP_SHOWN,
    OCCLUSION_COLUMNS,
    OCCLUSION_SHOWN,
    tabulate_heatmaps,
    tabulate_occlusion,
)
from spuriverse.tables import read_table, read_tables, write_result_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Estimate and save."""
    params, output = snakemake.params, snakemake.output
    maps = read_tables(snakemake.input.maps, "heatmaps")
    attributes = read_table(snakemake.input.attributes, "attributes")
    settings = {"seed": params.seed, "resamples": params.resamples}
    note = f"Intervals are at 95 %, over spurious attributes; protocol {PROTOCOL}."
    caption = (
        "How well a measure of a map separates fooled from right answers: area under the ROC"
        " curve over all pairs, and over pairs of one type. effect is the fall of the answer's"
        f" log-probability when the region is covered. {note}"
    )
    stem = Path(output.heatmaps).with_suffix("")
    table = tabulate_heatmaps(maps, attributes, **settings)
    write_result_table(table, stem, HEATMAP_COLUMNS, caption, HEATMAP_SHOWN)
    caption = (
        "Spearman's correlation over cells of a map with the fall of the answer's log-probability"
        f" when the cell is covered, mean over samples. {note}"
    )
    stem = Path(output.occlusion).with_suffix("")
    table = tabulate_occlusion(maps, attributes)
    write_result_table(table, stem, OCCLUSION_COLUMNS, caption, OCCLUSION_SHOWN)


if "snakemake" in globals():
    run_job(main, snakemake)
