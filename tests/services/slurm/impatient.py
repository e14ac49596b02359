"""Snakemake that looks after its SLURM jobs every second.

The executor adds ten seconds to its patience whenever it finds that no job has ended, and no option
says otherwise.
"""

import signal

from snakemake.cli import main
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor

RemoteExecutor.next_seconds_between_status_checks = property(
    lambda self: 1, lambda self, seconds: None
)

# A shell that starts the tests in the background has them, and what they start, ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)

main()
