"""Run the notebook that puts our tables beside the published ones, and export it as HTML.

From the tables; makes `results/notebooks/paper_tables.html` and the executed notebook.
"""

from pathlib import Path
from typing import Any

from spuriverse.report.pages import render_notebook
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Execute and export."""
    render_notebook(
        snakemake.input.notebook,
        snakemake.params.parameters,
        snakemake.output.notebook,
        snakemake.output.html,
        failed=Path(snakemake.log[0]).with_suffix(".failed.ipynb"),
    )


if "snakemake" in globals():
    run_job(main, snakemake)
