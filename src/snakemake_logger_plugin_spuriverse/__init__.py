"""Says on the terminal what a run has to say, and checks the files after `--configfile` before
Snakemake opens them.

Snakemake opens them before it reads the Snakefile, and answers a misspelt name with a stack trace.
Of all that a project can hook into, only logger plugins are set up earlier; `profiles/default`
names this one, so that it is active whenever `snakemake` is typed in the project's folder.
"""

import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from functools import cache
from logging import ERROR, LogRecord, makeLogRecord
from pathlib import Path
from typing import Any

from snakemake.logging import DefaultFormatter
from snakemake_interface_logger_plugins.base import LogHandlerBase

from snakemake_logger_plugin_spuriverse.refusal import Refusal
from snakemake_logger_plugin_spuriverse.streams import outlive_readers
from snakemake_logger_plugin_spuriverse.terminal import Terminal
from spuriverse.config import check_overlays
from spuriverse.problems import Problem

__all__ = ["LogHandler", "Refusal", "overlays_of", "targets_of"]

ON_ONE_CORE = {"targets", "plan", "estimate_cost", "verify_provenance"}
"""Rules that only tell something; asked for alone, they need no `--cores`."""


class LogHandler(LogHandlerBase):
    """The plugin, under the name that Snakemake looks for."""

    def __post_init__(self) -> None:
        """Take the terminal over; refuse what cannot be read as an overlay, and end."""
        outlive_readers()
        settings: Any = self.common_settings
        self._terminal = Terminal(
            nocolor=settings.nocolor,
            stream=sys.stdout if settings.stdout else sys.stderr,
            formatter=DefaultFormatter(settings.quiet, settings.show_failed_logs),
        )
        try:
            check_overlays(overlays_of(sys.argv[1:]))
        except Problem as problem:
            self._terminal.emit(
                makeLogRecord({"levelno": ERROR, "levelname": "ERROR", "msg": str(problem)})
            )
            sys.exit(1)
        _supply_a_core(sys.argv[1:])

    def emit(self, record: LogRecord) -> None:
        """Say it on the terminal."""
        self._terminal.emit(record)

    @property
    def terminal(self) -> Terminal:
        """What writes on the terminal."""
        return self._terminal

    @property
    def writes_to_stream(self) -> bool:
        return True

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


def _supply_a_core(arguments: Sequence[str]) -> None:
    """Start Snakemake again with a core if it would refuse to tell something without one."""
    asked = _parse(tuple(arguments))
    if not asked.targets or not set(asked.targets) <= ON_ONE_CORE:
        return
    if asked.cores is None and asked.jobs is None and not asked.dryrun and not asked.profile:
        sys.stderr.flush()
        os.execv(sys.executable, [sys.executable, "-m", "snakemake", "--cores", "1", *arguments])


@cache
def _parse(arguments: tuple[str, ...]) -> Namespace:
    from snakemake.cli import get_argument_parser

    known, _ = get_argument_parser().parse_known_args(list(arguments))
    return known
