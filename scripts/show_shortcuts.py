"""Show every suspicion from pixels with its regions, and what edits do, on one page.

From the table of shortcuts, the regions, the questions and the answers to edited pictures; makes
`results/shortcuts/index.html`.
"""

from typing import Any

from spuriverse.discovery.suspicions import GRADES, read_shortcuts
from spuriverse.report.pages import render_shortcuts
from spuriverse.tables import empty_table, read_table, read_tables, write_text
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Render and save."""
    params, inputs = snakemake.params, snakemake.input
    asked = inputs.get("trials")
    page = render_shortcuts(
        read_shortcuts(inputs.table),
        read_table(inputs.regions, "regions"),
        read_tables(inputs.samples, "samples"),
        read_table(inputs.answers, "responses", ["sample_id", "choice"]),
        read_table(inputs.trials, "trials") if asked else empty_table("trials"),
        read_table(inputs.responses, "responses") if asked else empty_table("responses"),
        grades=GRADES,
        model=params.source_model,
        shown=params.shown,
    )
    write_text(snakemake.output.page, page)


if "snakemake" in globals():
    run_job(main, snakemake)
