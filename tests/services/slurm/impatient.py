"""Snakemake that looks after its SLURM jobs every second.

The executor adds ten seconds to its patience whenever it finds that no job has ended, and no option
says otherwise.
"""

from snakemake.cli import main
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor

RemoteExecutor.next_seconds_between_status_checks = property(
    lambda self: 1, lambda self, seconds: None
)

main()
