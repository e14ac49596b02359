"""Open the page on which people accept, edit and reject candidates.

From the annotated candidates and their samples; the decisions go into the file that
`curation.decisions` names, and nothing else is made.
"""

from typing import Any

from spuriverse.discovery.review.app import serve
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Serve until Ctrl-C."""
    params = snakemake.params
    serve(
        annotated=snakemake.input.annotated,
        samples=snakemake.input.samples,
        decisions=params.decisions,
        host=params.host,
        port=params.port,
    )


if "snakemake" in globals():
    run_job(main, snakemake)
