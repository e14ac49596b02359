"""Runs of Snakemake that a test waits for, interrupts and kills."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ON_SLURM = ("--profile", "profiles/slurm", "--latency-wait", "10")
"""The project's profile."""

IMPATIENT = Path(__file__).with_name("impatient.py")
SECONDS_FOR_A_RUN = 900


@dataclass
class Run:
    """Snakemake at work; its output is in a file."""

    folder: Path
    arguments: tuple[str, ...]
    output: Path = field(init=False)

    def __post_init__(self) -> None:
        number = len(list(self.folder.glob("run-*.log")))
        self.output = self.folder / f"run-{number}.log"
        command = [sys.executable, str(IMPATIENT), *self.arguments]
        with self.output.open("w") as log:
            self.process = subprocess.Popen(
                command, cwd=self.folder, stdout=log, stderr=log, start_new_session=True
            )

    @property
    def said(self) -> str:
        return self.output.read_text()

    def wait(self) -> int:
        """Wait for the end and return the exit code."""
        try:
            return self.process.wait(SECONDS_FOR_A_RUN)
        except subprocess.TimeoutExpired:
            pytest.fail(f"no end: {queue()}{self.said[-4000:]}")
        finally:
            self.stop()

    def wait_for(self, what: str, seen: Callable[[], bool]) -> None:
        """Wait until something is seen, while the run is alive."""
        until = time.monotonic() + SECONDS_FOR_A_RUN
        while not seen():
            assert self.process.poll() is None, f"ended before {what}: {self.said[-4000:]}"
            assert time.monotonic() < until, f"no {what}: {queue()}{self.said[-4000:]}"
            time.sleep(0.2)

    def interrupt(self) -> None:
        """Press Ctrl-C and wait for the end."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(120)

    def kill(self) -> None:
        """Kill Snakemake, and nothing but Snakemake, with SIGKILL."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.kill()


def queue() -> str:
    """SLURM's queue, with the reasons why jobs wait."""
    command = ("squeue", "--format=%i %P %T %r %l %k")
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout
