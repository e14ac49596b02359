"""Run a notebook, and export it as one HTML file.

From the tables and figures that it shows; makes `results/notebooks/<notebook>.html` and the
executed notebook. Two are rendered: the walk through the run, and the tables beside the published
ones.
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
