"""A SLURM for all tests of this folder, or a sentence that says why there is none."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from single_node import SingleNode, missing

FAST = (
    *("--profile", "profiles/slurm", "--latency-wait", "10"),
    *("--slurm-init-seconds-before-status-checks", "1", "--seconds-between-status-checks", "1"),
)
"""The project's profile; waits are those of a cluster that has nothing else to do."""

SECONDS_FOR_A_RUN = 900


@pytest.fixture(scope="session")
def node() -> Iterator[SingleNode]:
    if reason := missing():
        pytest.skip(reason)
    with SingleNode() as node:
        before = os.environ.get("SLURM_CONF")
        os.environ["SLURM_CONF"] = str(node.home / "slurm.conf")
        yield node
        if before is None:
            del os.environ["SLURM_CONF"]
        else:
            os.environ["SLURM_CONF"] = before


@dataclass
class Run:
    """Snakemake at work through the profile; its output is in a file."""

    folder: Path
    arguments: tuple[str, ...]
    output: Path = field(init=False)

    def __post_init__(self) -> None:
        number = len(list(self.folder.glob("run-*.log")))
        self.output = self.folder / f"run-{number}.log"
        command = [sys.executable, "-m", "snakemake", *FAST, *self.arguments]
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
        finally:
            self.stop()

    def wait_for(self, what: str, seen: Callable[[], bool]) -> None:
        """Wait until something is seen, while the run is alive."""
        until = time.monotonic() + SECONDS_FOR_A_RUN
        while not seen():
            assert self.process.poll() is None, f"ended before {what}: {self.said[-4000:]}"
            assert time.monotonic() < until, f"no {what}: {self.said[-4000:]}"
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


@pytest.fixture(scope="session")
def faulty_run(node: SingleNode, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """The faults, begun beside everything else, since time limits are whole minutes."""
    folder = tmp_path_factory.mktemp("faults")
    here = Path(__file__).parent
    shutil.copy(here / "faults" / "Snakefile", folder)
    shutil.copytree(here.parents[2] / "profiles" / "slurm", folder / "profiles" / "slurm")
    run = Run(folder, ("all",))
    yield run
    run.stop()


@pytest.fixture(scope="session")
def start_run(node: SingleNode) -> Iterator[Callable[..., Run]]:
    """Return a function that starts Snakemake in a folder; its end is that of the tests."""
    runs = []

    def start(folder: Path, *arguments: str) -> Run:
        runs.append(Run(folder, arguments))
        return runs[-1]

    yield start
    for run in runs:
        run.stop()
