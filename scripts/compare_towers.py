"""Tabulate in which tower a shortcut sits, and which must be tuned to remove it.

From the pairs of all worlds; makes `results/tables/open_questions/towers.csv`, also as Markdown and
LaTeX.
"""

from typing import Any

from spuriverse.open_questions import compare_towers, write_answer
from spuriverse.tables import read_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Compare and save."""
    table = compare_towers(read_table(snakemake.input.pairs, "tower_pairs"))
    note = (
        "Gaps of planted attributes that are shown in the image or told in the text, by which tower"
        " saw the association; clusters are attributes."
    )
    write_answer(table, snakemake.output.csv, note)


if "snakemake" in globals():
    run_job(main, snakemake)
