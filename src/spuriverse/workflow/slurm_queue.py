"""Jobs that a killed run left in SLURM's queue: two writers must not share an output.

SLURM goes on with the jobs of a run whose Snakemake was killed. A rerun is refused as long as they
are there; `make slurm-clean` runs this module, which cancels them by their run's id: the name that
the executor gives to all jobs of a run.
"""

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from spuriverse.problems import Problem
from spuriverse.workflow.run_lock import release_stale_lock

TRACES = Path(".snakemake/slurm_logs")
"""Where the executor's runs leave their logs; without them there is nothing to look for."""

SECONDS_TO_END = 60
"""Patience with jobs whose processes are being ended."""

_FIELDS = "%i|%j|%T|%Z"


@dataclass(frozen=True)
class QueuedJob:
    """A job of ours that SLURM has not finished."""

    job: str
    run: str
    state: str


def queued_jobs(folder: str | Path = ".") -> list[QueuedJob]:
    """Return the jobs in the queue that were submitted from a folder.

    Raises:
        Problem: SLURM does not answer.
    """
    try:
        done = subprocess.run(
            ["squeue", "--me", "--noheader", f"--format={_FIELDS}"],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        reason = getattr(error, "stderr", None) or str(error)
        raise Problem(
            f"SLURM's queue cannot be read ({str(reason).strip()}), so that jobs of an earlier run"
            f" may still be writing: try again when squeue answers, or delete {TRACES} if that run"
            " is certainly over."
        ) from error
    here = os.path.realpath(folder)
    rows = [line.split("|", 3) for line in done.stdout.splitlines()]
    return [QueuedJob(*row[:3]) for row in rows if os.path.realpath(row[3]) == here]


def refuse_leftovers() -> None:
    """Refuse to run in this folder while an earlier run's jobs are in the queue.

    Jobs that are ending (after a Ctrl-C, say) are waited for.

    Raises:
        Problem: There are such jobs, or SLURM does not answer.
    """
    if not TRACES.is_dir() or not shutil.which("squeue"):
        return
    until = time.monotonic() + SECONDS_TO_END
    left = queued_jobs()
    while left and all(job.state == "COMPLETING" for job in left) and time.monotonic() < until:
        time.sleep(1)
        left = queued_jobs()
    if left:
        jobs, runs = (
            ", ".join(sorted({getattr(job, key) for job in left})) for key in ("job", "run")
        )
        raise Problem(
            f"SLURM still has jobs of an earlier run of this folder (jobs {jobs} of run {runs}):"
            " wait until they are done, or cancel them with make slurm-clean."
        )


def cancel_leftovers() -> list[QueuedJob]:
    """Cancel the jobs that killed runs of this folder left behind, and wait for their end.

    Returns:
        The cancelled jobs.

    Raises:
        Problem: A run is alive in this folder, SLURM does not answer, or jobs do not end.
    """
    if not release_stale_lock():
        raise Problem(
            "Snakemake is at work in this folder: end it with Ctrl-C, which cancels its jobs, too."
        )
    left = queued_jobs()
    for run in sorted({job.run for job in left}):
        subprocess.run(["scancel", "--me", f"--name={run}"], timeout=120, check=True)
    until = time.monotonic() + SECONDS_TO_END
    while queued_jobs():
        if time.monotonic() > until:
            raise Problem("SLURM does not end the cancelled jobs: ask its administrators.")
        time.sleep(0.5)
    return left


if __name__ == "__main__":
    try:
        cancelled = cancel_leftovers()
    except Problem as problem:
        sys.exit(str(problem))
    for job in cancelled:
        print(f"Cancelled job {job.job} of run {job.run}.")
    if not cancelled:
        print("No job of a killed run of this folder is in the queue.")
