"""Print which results are stale, and why; nothing is made.

From the records beside tables and in figures, the files as they are, and Snakemake's own plan.
"""

from typing import Any

from spuriverse.workflow import find_stale, run_job


def main(snakemake: Any) -> None:
    """Compare and print."""
    params = snakemake.params
    stale = find_stale(params.results, params.config)
    # The person who asked reads the terminal, not the log.
    for result in stale:
        print(f"{result.path} is stale, because {result.reason}.", flush=True)
    print(f"{len({r.path for r in stale})} results are stale." if stale else "No result is stale.")


if "snakemake" in globals():
    run_job(main, snakemake)
