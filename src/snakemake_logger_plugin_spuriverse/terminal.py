"""What a run says on the terminal: Snakemake's own lines, but an error as one sentence, once."""

import copy
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

from snakemake.logging import ColorizingTextHandler, get_event
from snakemake_interface_logger_plugins.common import LogEvent

from snakemake_logger_plugin_spuriverse.refusal import refused_sentence
from spuriverse.workflow import Countdown, Ending, read_ending, say_duration

NOTHING_NEW = (
    "Shutting down, this might take some time.",
    "Exiting because a job execution failed.",
    "Complete log(s):",
    "WorkflowError:\nAt least one job did not complete successfully.",
)
"""How lines begin that only repeat that a job has failed."""

NOTHING_TO_DO = "Nothing to be done"
"""How the line begins with which a run ends that has no job."""

SNAKEMAKE_ENDS = "Elapsed time:"
"""How the last line begins that Snakemake writes of a run that ended well."""


class Terminal(ColorizingTextHandler):
    """Snakemake's handler of its terminal, which retells how jobs fail and how long is left."""

    def __init__(self, *, nocolor: bool, stream: TextIO, formatter: logging.Formatter) -> None:
        super().__init__(nocolor=nocolor, stream=stream, formatter=formatter)
        self._countdown: Countdown | None = None
        self._endings: set[Ending] = set()
        self._held: list[logging.LogRecord] = []
        self._last_words: list[logging.LogRecord] = []
        self.idle_words: Callable[[], str | None] | None = None
        """What to say when nothing is to be done; the workflow has no hook for it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write what a record says in fewer words, if there are any."""
        for retold in self._retell(record):
            super().emit(retold)

    def format(self, record: logging.LogRecord) -> str:
        """Add the time left to a line of progress."""
        line = super().format(record)
        if get_event(record) != LogEvent.PROGRESS or self._countdown is None:
            return line
        if getattr(record, "done", 0) == getattr(record, "total", 0):
            return line
        return f"{line}, about {say_duration(self._countdown.seconds_left())} left"

    def _retell(self, record: logging.LogRecord) -> list[logging.LogRecord]:
        event = get_event(record)
        self._keep_time(record, event)
        if event == LogEvent.JOB_ERROR:
            return self._failed([(record.__dict__["rule_name"], record.__dict__["log"])], record)
        if event == LogEvent.GROUP_ERROR:
            jobs = [(job["rule_name"], job["log"]) for job in record.__dict__["job_error_info"]]
            return self._failed(jobs, record)
        if hasattr(record, "last_words"):
            self._last_words.append(record)
            return []
        message = str(record.msg)
        if message.startswith(SNAKEMAKE_ENDS):
            return [record, *self._last_words]
        if message.startswith(NOTHING_TO_DO) and self.idle_words and (said := self.idle_words()):
            return [record, _sentence(record, logging.INFO, said)]
        if event == LogEvent.ERROR and "CalledProcessError" in message:
            # The exit status of a job's process: what the job's log says follows and is better.
            self._held.append(record)
            return []
        if event == LogEvent.ERROR and (said := refused_sentence(message)):
            return [_sentence(record, logging.ERROR, said)]
        return [] if self._endings and message.startswith(NOTHING_NEW) else [record]

    def _failed(
        self, jobs: Sequence[tuple[str, Sequence[str]]], record: logging.LogRecord
    ) -> list[logging.LogRecord]:
        endings = [(rule, ending) for rule, logs in jobs if (ending := read_ending(logs))]
        held, self._held = self._held, []
        if not endings and not (self._endings and _never_began(jobs)):
            return [*held, record]
        # A job of a group is told of twice: alone, and with its group.
        endings = [(rule, ending) for rule, ending in endings if ending not in self._endings]
        self._endings |= {ending for _, ending in endings}
        return [
            _sentence(
                record,
                logging.WARNING if ending.how == "pause" else logging.ERROR,
                describe_ending(rule, ending),
            )
            for rule, ending in endings
        ]

    def _keep_time(self, record: logging.LogRecord, event: LogEvent | None) -> None:
        self._countdown = getattr(record, "countdown", self._countdown)
        if self._countdown is None:
            return
        if event == LogEvent.JOB_STARTED:
            for number in record.__dict__["jobs"]:
                self._countdown.start(number)
        if event == LogEvent.JOB_FINISHED:
            self._countdown.end(record.__dict__["job_id"])


def describe_ending(rule: str, ending: Ending) -> str:
    """Say why a job ended early, and where to read more.

    Args:
        rule: The rule of the job.
        ending: As its log tells it.
    """
    if ending.how == "pause":
        return f"Paused: {ending.sentence}"
    said = ending.sentence
    if ending.how == "bug":
        said = f"{said} (a bug; the log has the stack trace)"
    return f"Error in {rule}: {said}\nLog: {ending.log}"


def _never_began(jobs: Sequence[tuple[str, Sequence[str]]]) -> bool:
    """Whether no job has a log, as when another job of its group failed before."""
    return not any(Path(log).exists() for _, logs in jobs for log in logs)


def _sentence(record: logging.LogRecord, level: int, said: str) -> logging.LogRecord:
    told = copy.copy(record)
    told.__dict__.pop("event", None)
    told.msg, told.args = said, None
    told.levelno, told.levelname = level, logging.getLevelName(level)
    return told
