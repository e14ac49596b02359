"""Draw a contact sheet of every candidate, and one page that shows them all.

From candidates, groups, responses and gaps; makes `results/sheets/` with PNG files and
`index.html`.
"""

from typing import Any

from spuriverse.figures import collect_sheets, draw_sheets, sheet_page
from spuriverse.job import run_job
from spuriverse.tables import atomic_path, read_table, read_tables, write_text
from spuriverse.verification import group_samples


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
        write_text(folder / "index.html", sheet_page(sheets, protocol=snakemake.params.protocol))


if "snakemake" in globals():
    run_job(main, snakemake)
