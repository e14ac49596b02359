"""Open the page on which people accept, edit and reject the drafts of questions.

From the drafts and proposals; the decisions go into the file that `spubench.decisions` names, and
nothing else is made.
"""

from typing import Any

from spuriverse.discovery.review.app import serve
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Serve until Ctrl-C."""
    params = snakemake.params
    serve(
        annotated=snakemake.input.candidates,
        samples=[snakemake.input.drafts],
        decisions=params.decisions,
        host=params.host,
        port=params.port,
    )


if "snakemake" in globals():
    run_job(main, snakemake)
