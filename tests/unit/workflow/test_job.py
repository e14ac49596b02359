"""A job of the workflow: how it fails, what it logs, and that it ends with the workflow."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from spuriverse.workflow import read_ending

SCRIPT = """
import logging, os, sys, threading, warnings
from types import SimpleNamespace
from spuriverse.workflow.job import run_job
from spuriverse.problems import Pause, Problem

def main(snakemake):
    {body}

run_job(main, SimpleNamespace(log=[sys.argv[1]], rule="make_table"))
"""


@pytest.fixture
def write_job(tmp_path: Path):
    """Make a command that runs a job; its log is in a folder that does not exist yet."""

    def write(body: str) -> list[str]:
        script = tmp_path / "job.py"
        script.write_text(SCRIPT.format(body=body), encoding="utf-8")
        return [sys.executable, str(script), str(tmp_path / "logs" / "rule" / "job.log")]

    return write


def run(command: list[str]) -> tuple[subprocess.CompletedProcess, list[str]]:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return done, Path(command[-1]).read_text(encoding="utf-8").splitlines()


def test_a_problem_is_one_line_of_the_log_and_exit_code_1(write_job) -> None:
    done, log = run(write_job('raise Problem("The table is empty; make it again.")'))
    assert done.returncode == 1
    assert len(log) == 1
    assert log[0].endswith(" ERROR The table is empty; make it again.")
    assert done.stderr == ""


def test_another_exception_leaves_its_stack_trace_in_the_log(write_job) -> None:
    done, log = run(write_job('raise ValueError("our fault")'))
    assert done.returncode == 1
    assert "Rule make_table failed" in log[0]
    assert "Traceback (most recent call last)" in log[1]
    assert log[-1] == "ValueError: our fault"
    assert done.stderr == ""


def test_the_workflow_reads_why_a_job_ended(write_job) -> None:
    bodies = {"problem": 'raise Problem("No.")', "pause": 'raise Pause("No.")', "bug": "1 / 0"}
    for how, body in bodies.items():
        command = write_job(body)
        run(command)
        ending = read_ending(command[-1:])
        assert ending is not None
        assert ending.how == how
        assert ending.sentence == ("ZeroDivisionError: division by zero" if how == "bug" else "No.")


def test_a_job_that_works_logs_to_its_file_alone(write_job) -> None:
    done, log = run(write_job('logging.getLogger("spuriverse.x").info("half done")'))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert [line.partition(" ")[2] for line in log] == ["INFO half done"]


def test_a_library_s_warning_is_for_the_log_and_ours_for_both(write_job) -> None:
    body = 'warnings.warn("deprecated"); logging.getLogger("spuriverse").warning("look")'
    done, log = run(write_job(body))
    assert "deprecated" in "\n".join(log)
    assert "deprecated" not in done.stderr
    assert "look" in done.stderr


PROGRESS = (
    "from spuriverse import progress; progress.SECONDS_BETWEEN_LINES = {lines};"
    " progress.SECONDS_BETWEEN_TOLD = {told};"
    " list(progress.progress(range(3), 'training', 3, 'step'))"
)


def test_a_long_loop_tells_how_far_it_is_where_there_is_no_terminal(write_job) -> None:
    done, log = run(write_job(PROGRESS.format(lines=0, told=0)))
    told = [line.split(" ", 1)[1].partition(", about")[0] for line in done.stderr.splitlines()]
    assert told == [f"make_table: training: {n} of 3 step" for n in (1, 2, 3)]
    assert len(log) == 3


def test_the_log_says_whether_a_model_library_was_loaded(write_job, tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("")
    for body, said in (("import torch", ["INFO This job loaded torch"]), ("pass", [])):
        _, log = run(write_job(body))
        assert [line.partition(" ")[2] for line in log] == said


def test_a_job_that_checks_a_table_loads_nothing_that_invents_tables(write_job) -> None:
    body = (
        'from spuriverse.tables import empty_table, write_table; write_table(empty_table("types"),'
        ' sys.argv[1] + ".parquet", "types");'
        ' assert not any(name.startswith("hypothesis.") for name in sys.modules)'
    )
    done, log = run(write_job(body))
    assert done.returncode == 0, log


def test_between_two_lines_for_people_only_the_log_grows(write_job) -> None:
    done, log = run(write_job(PROGRESS.format(lines=0, told=1000)))
    assert done.stderr == ""
    assert len(log) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_on_a_terminal_a_bar_is_drawn_and_no_line(write_job) -> None:
    import pty
    import termios

    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 100))
    command = write_job(PROGRESS.format(lines=0, told=0))
    subprocess.run(command, stderr=theirs, check=True, timeout=60)
    os.close(theirs)
    seen = b""
    # Linux ends a pseudo-terminal whose other end is closed with an error.
    with contextlib.suppress(OSError):
        while part := os.read(ours, 4096):
            seen += part
    os.close(ours)
    assert b"3/3" in seen
    assert b"make_table" not in seen


def test_nothing_is_sent_anywhere(write_job) -> None:
    body = 'print(os.environ["HF_HUB_OFFLINE"], os.environ["HF_HUB_DISABLE_TELEMETRY"])'
    done, _ = run(write_job(body))
    assert done.stdout.split() == ["1", "1"]


def test_the_job_ends_when_the_workflow_is_killed(write_job) -> None:
    job = write_job("print(os.getpid(), flush=True); threading.Event().wait(120)")
    starter = f"import subprocess; subprocess.run({job!r})"
    workflow = subprocess.Popen([sys.executable, "-c", starter], stdout=subprocess.PIPE, text=True)
    assert workflow.stdout
    pid = int(workflow.stdout.readline())
    workflow.kill()
    workflow.wait()
    try:
        # The job holds the other end of the pipe: it is closed when the job has ended.
        workflow.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        os.kill(pid, signal.SIGKILL)
        raise
