"""Save a network whose weights lie in an installed package, as a checkpoint.

From the package alone; makes `results/models/<name>`.
"""

from typing import Any

from spuriverse.models import save_packaged
from spuriverse.tables import atomic_path
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Check, load and save."""
    with atomic_path(snakemake.output[0]) as folder:
        save_packaged(snakemake.params.package, folder)


if "snakemake" in globals():
    run_job(main, snakemake)
