"""What a run says on the terminal, as Snakemake hands it over."""

import io
import logging
import os
from pathlib import Path
from typing import Any

import pytest
from snakemake.exceptions import format_exception_to_string
from snakemake.logging import DefaultFormatter
from snakemake_interface_logger_plugins.common import LogEvent

from snakemake_logger_plugin_spuriverse.refusal import Refusal, refused_sentence
from snakemake_logger_plugin_spuriverse.terminal import Terminal
from spuriverse.workflow import Countdown
from spuriverse.workflow.forecast import Waiting

STATUS = "RuleException:\nCalledProcessError in file x.smk, line 3:\nCommand 'python' returned 1."
RED, YELLOW = "\033[31m", "\033[33m"


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def record(message: str | None, level: int = logging.ERROR, **more: Any) -> logging.LogRecord:
    name = logging.getLevelName(level)
    return logging.makeLogRecord({"msg": message, "levelno": level, "levelname": name, **more})


def failure(log: Path) -> logging.LogRecord:
    more = dict.fromkeys(("rule_msg", "input", "output", "conda_env", "shellcmd"))
    return record(
        "Error in rule draw, jobid: 3",
        **(more | {"event": LogEvent.JOB_ERROR, "rule_name": "draw", "jobid": 3, "aux": {}}),
        log=[str(log)],
    )


def shown(*records: logging.LogRecord, stream: io.StringIO | None = None) -> str:
    stream = stream or io.StringIO()
    terminal = Terminal(nocolor=False, stream=stream, formatter=DefaultFormatter(set(), True))
    for each in records:
        terminal.emit(each)
    return stream.getvalue()


def test_an_error_is_told_once_with_the_path_of_its_log(tmp_path: Path) -> None:
    log = tmp_path / "draw.log"
    log.write_text("12:00:00 INFO begun\n12:00:01 ERROR There is no image at a.png.\n")
    said = shown(
        record(STATUS, event=LogEvent.ERROR, exception="RuleException"),
        failure(log),
        record("Shutting down, this might take some time.", logging.INFO),
        record("Exiting because a job execution failed. Look above for error messages"),
        record("Complete log(s): /elsewhere.log", logging.INFO),
        record("WorkflowError:\nAt least one job did not complete successfully."),
    )
    assert said == f"Error in draw: There is no image at a.png.\nLog: {log}\n"


def test_waiting_for_people_is_no_error(tmp_path: Path) -> None:
    log = tmp_path / "review.log"
    log.write_text("12:00:01 PAUSED 6 candidates wait, run make review.\n")
    assert shown(failure(log)) == "Paused: 6 candidates wait, run make review.\n"
    assert YELLOW in shown(failure(log), stream=Screen())


def test_an_error_is_red_where_the_terminal_has_colours(tmp_path: Path) -> None:
    log = tmp_path / "draw.log"
    log.write_text("12:00:01 ERROR no.\n")
    assert shown(failure(log), stream=Screen()).startswith(RED)
    assert "\033" not in shown(failure(log))


def test_a_job_that_left_no_word_is_told_as_snakemake_tells_it(tmp_path: Path) -> None:
    log = tmp_path / "draw.log"
    log.write_text("12:00:00 INFO begun\n")
    status = record(STATUS, event=LogEvent.ERROR, exception="RuleException")
    said = shown(status, failure(log), record("Complete log(s): x.log", logging.INFO))
    assert said.startswith(STATUS)
    assert "Error in rule draw" in said
    assert "begun" in said
    assert "Complete log(s)" in said


def test_an_ending_is_told_once_and_what_never_began_not_at_all(tmp_path: Path) -> None:
    log = tmp_path / "serve.log"
    log.write_text("12:00:01 ERROR There is no such server.\n")
    group = {"event": LogEvent.GROUP_ERROR, "aux_logs": []}
    jobs = [{"rule_name": "serve", "log": [str(log)], "output": [], "jobid": 1}]
    said = shown(
        failure(log), failure(tmp_path / "missing.log"), record("", job_error_info=jobs, **group)
    )
    assert said == f"Error in draw: There is no such server.\nLog: {log}\n"
    assert "Error in rule draw" in shown(failure(tmp_path / "missing.log"))


def test_a_further_try_that_ends_alike_is_told_again(tmp_path: Path) -> None:
    log, stream = tmp_path / "draw.log", io.StringIO()
    terminal = Terminal(nocolor=True, stream=stream, formatter=DefaultFormatter(set(), True))
    for written in (1, 2):
        log.write_text("12:00:01 ERROR no.\n")
        os.utime(log, ns=(written, written))
        terminal.emit(failure(log))
    assert stream.getvalue().count("Error in draw: no.") == 2


def test_every_failed_job_of_a_group_is_told(tmp_path: Path) -> None:
    logs = []
    for name in ("one", "two", "three"):
        logs.append(tmp_path / f"{name}.log")
        logs[-1].write_text(f"12:00:01 ERROR {name}.\n" if name != "two" else "")
    jobs = [{"rule_name": log.stem, "log": [str(log)], "output": [], "jobid": 1} for log in logs]
    said = shown(record("", event=LogEvent.GROUP_ERROR, job_error_info=jobs, aux_logs=[]))
    assert said.count("Error in") == 2
    assert "Error in one: one." in said and "Error in three: three." in said


@pytest.mark.parametrize(
    "account",
    [
        'Refusal in file "/a/rules/common.smk", line 28:\nNo.\n  1. b.\n'
        '  File "/a/rules/common.smk", line 28, in <module>',
        "Refusal:\nNo.\n  1. b.",
        'InputFunctionException in rule spubench in file "/a/Snakefile", line 4:\nError:\n'
        '  Problem: No.\n  1. b.\nWildcards:\n\nTraceback:\n  File "/a/b.smk", line 3',
    ],
)
def test_of_a_refusal_the_sentence_is_left(account: str) -> None:
    assert refused_sentence(account) == "No.\n  1. b."
    said = shown(record(account, event=LogEvent.ERROR, exception="Refusal"))
    assert said == "No.\n  1. b.\n"


def test_snakemake_s_own_account_of_a_refusal_is_understood() -> None:
    assert refused_sentence(format_exception_to_string(Refusal("No such key."))) == "No such key."
    assert refused_sentence(format_exception_to_string(ValueError("x"))) is None


def test_progress_counts_down_and_corrects_itself() -> None:
    countdown = Countdown({1: Waiting("train"), 2: Waiting("train")}, {1: 600, 2: 600}, cores=1)
    countdown.start(1, now=0)
    countdown.end(1, now=3600)
    begun = record("SpuriVerse: 2 jobs", logging.INFO, countdown=countdown)
    some = record(None, logging.INFO, event=LogEvent.PROGRESS, done=1, total=2)
    last = record(None, logging.INFO, event=LogEvent.PROGRESS, done=2, total=2)
    assert shown(some) == "1 of 2 steps (50%) done\n"
    lines = shown(begun, some, last).splitlines()
    assert lines[1:] == [
        "1 of 2 steps (50%) done, about 1 h left",
        "2 of 2 steps (100%) done",
    ]


def test_what_came_out_is_the_last_line() -> None:
    found = record("Robustness 0.1 -> 0.6.", logging.INFO, last_words=True)
    log = record("Complete log(s): a.log", logging.INFO)
    end = record("Elapsed time: 0:00:05", logging.INFO)
    assert shown(found, log, end).splitlines() == [
        "Complete log(s): a.log",
        "Elapsed time: 0:00:05",
        "Robustness 0.1 -> 0.6.",
    ]


@pytest.mark.parametrize(("words", "lines"), [("See a.html.", 2), (None, 1)])
def test_a_run_without_jobs_says_where_to_look(words: str | None, lines: int) -> None:
    stream = io.StringIO()
    terminal = Terminal(nocolor=True, stream=stream, formatter=DefaultFormatter(set(), True))
    terminal.idle_words = lambda: words
    terminal.emit(record("Nothing to be done (all requested files are present).", logging.INFO))
    assert len(stream.getvalue().splitlines()) == lines
    assert stream.getvalue().endswith(f"{words}\n" if words else "present).\n")
