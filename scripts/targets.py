"""List what can be asked for by name, with a sentence each.

From the rules of the configuration; prints the list.
"""

from typing import Any

from spuriverse.workflow import Target, list_targets, run_job


def main(snakemake: Any) -> None:
    """Print."""
    found = {
        kind: [Target(name, meaning) for name, meaning in targets]
        for kind, targets in snakemake.params.targets.items()
    }
    # The person who asked reads the terminal, not the log.
    print(f"\n{list_targets(found['rules'], found['files'])}", flush=True)


if "snakemake" in globals():
    run_job(main, snakemake)
