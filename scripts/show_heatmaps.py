"""Show the heat maps on a page with filters that needs no network.

From every model's measured heat maps and overlays; makes `results/spubench/heatmaps.html`.
"""

from typing import Any

from spuriverse.report.pages import choose_shown, render_heatmaps
from spuriverse.tables import read_table, read_tables, write_text
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Choose, render and save."""
    maps = read_tables(snakemake.input.maps, "heatmaps")
    attributes = read_table(snakemake.input.attributes, "attributes")
    shown = choose_shown(maps, attributes, snakemake.params.shown)
    write_text(snakemake.output.page, render_heatmaps(shown))


if "snakemake" in globals():
    run_job(main, snakemake)
