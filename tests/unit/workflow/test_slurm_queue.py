"""Jobs of an earlier run in SLURM's queue: found by folder, refused, cancelled by their run."""

import os
from pathlib import Path

import pytest

from spuriverse.problems import Problem
from spuriverse.workflow.slurm_queue import TRACES, cancel_leftovers, queued_jobs, refuse_leftovers

SQUEUE = """#!/bin/sh
[ -e cancelled ] && exit 0
echo "7|run-a|RUNNING|$PWD"
echo "8|run-a|PENDING|$PWD"
echo "9|other|RUNNING|/somewhere/else"
"""


@pytest.fixture(autouse=True)
def queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A SLURM with two jobs of this folder; `scancel` notes what it is told."""
    commands = tmp_path / "bin"
    commands.mkdir()
    scancel = '#!/bin/sh\necho "$@" >> cancelled\n'
    for name, text in {"squeue": SQUEUE, "scancel": scancel}.items():
        (commands / name).write_text(text)
        (commands / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{commands}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    TRACES.mkdir(parents=True)
    return commands


def test_only_jobs_of_this_folder_are_ours() -> None:
    assert [(job.job, job.run) for job in queued_jobs()] == [("7", "run-a"), ("8", "run-a")]


def test_a_rerun_is_refused_with_the_jobs_and_the_way_out() -> None:
    with pytest.raises(Problem, match=r"jobs 7, 8 of run run-a.*make slurm-clean"):
        refuse_leftovers()


def test_where_no_slurm_run_was_nothing_is_asked(queue: Path) -> None:
    TRACES.rmdir()
    (queue / "squeue").write_text("#!/bin/sh\nexit 1\n")
    refuse_leftovers()


def test_leftovers_are_cancelled_by_the_id_of_their_run(tmp_path: Path) -> None:
    assert [job.job for job in cancel_leftovers()] == ["7", "8"]
    assert (tmp_path / "cancelled").read_text().split() == ["--me", "--name=run-a"]
    refuse_leftovers()


def test_a_queue_that_does_not_answer_is_no_empty_queue(queue: Path) -> None:
    (queue / "squeue").write_text("#!/bin/sh\necho 'connection refused' >&2\nexit 1\n")
    with pytest.raises(Problem, match=r"cannot be read \(connection refused\)"):
        refuse_leftovers()
