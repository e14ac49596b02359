"""Draw a contact sheet of every candidate, and one page that shows them all.

From candidates, groups, responses and gaps; makes `results/sheets/` with PNG files and
`index.html`.
"""

from typing import Any

from spuriverse.discovery.verification import group_samples
from spuriverse.report.figures import collect_sheets, draw_sheets
from spuriverse.report.pages import render_sheets
from spuriverse.tables import atomic_path, read_table, read_tables, write_text
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Draw and save."""
    inputs = snakemake.input
    candidates = read_table(inputs.candidates, "candidates")
    samples = read_tables(inputs.samples, "samples")
    sheets = collect_sheets(
        candidates,
        samples,
        group_samples(candidates, samples, read_table(inputs.groups, "groups")),
        read_tables(inputs.responses, "responses"),
        read_table(inputs.verification, "verification"),
    )
    with atomic_path(snakemake.output.sheets) as folder:
        folder.mkdir(exist_ok=True)
        draw_sheets(sheets, folder)
        write_text(folder / "index.html", render_sheets(sheets))


if "snakemake" in globals():
    run_job(main, snakemake)
