"""Checks the files after `--configfile` before Snakemake opens them, and lets a run outlive a
reader of its output that has gone. It logs nothing.

Snakemake opens them before it reads the Snakefile, and answers a misspelt name with a stack trace.
Of all that a project can hook into, only logger plugins are set up earlier; `profiles/default`
names this one, so that it is active whenever `snakemake` is typed in the project's folder.
"""

import sys
from argparse import Namespace
from collections.abc import Sequence
from functools import cache
from logging import LogRecord
from pathlib import Path

from snakemake.exceptions import CliException
from snakemake_interface_logger_plugins.base import LogHandlerBase

from snakemake_logger_plugin_spuriverse.streams import outlive_readers
from spuriverse.config import check_overlays
from spuriverse.problems import Problem


class LogHandler(LogHandlerBase):
    """The plugin, under the name that Snakemake looks for."""

    def __post_init__(self) -> None:
        """Refuse what cannot be read as an overlay.

        Raises:
            CliException: One sentence about the first such file; nothing has run yet.
        """
        outlive_readers()
        try:
            check_overlays(overlays_of(sys.argv[1:]))
        except Problem as problem:
            raise CliException(str(problem)) from None

    def emit(self, record: LogRecord) -> None:
        """Leave the log to Snakemake's own handler."""

    @property
    def writes_to_stream(self) -> bool:
        return False

    @property
    def writes_to_file(self) -> bool:
        return False

    @property
    def has_filter(self) -> bool:
        return False

    @property
    def has_formatter(self) -> bool:
        return False

    @property
    def needs_rulegraph(self) -> bool:
        return False


def overlays_of(arguments: Sequence[str]) -> list[Path]:
    """Return the files that a Snakemake command line lays over the configuration."""
    return list(_parse(tuple(arguments)).configfile)


def targets_of(arguments: Sequence[str]) -> list[str]:
    """Return what a Snakemake command line asks for, as the Snakefile cannot know it otherwise."""
    return list(_parse(tuple(arguments)).targets or ())


@cache
def _parse(arguments: tuple[str, ...]) -> Namespace:
    from snakemake.cli import get_argument_parser

    known, _ = get_argument_parser().parse_known_args(list(arguments))
    return known
