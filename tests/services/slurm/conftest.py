"""A SLURM for all tests of this folder, or a sentence that says why there is none."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from runs import ON_SLURM, Run
from single_node import SingleNode, clear_remains, missing


@pytest.fixture(scope="session")
def node() -> Iterator[SingleNode]:
    clear_remains()
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


@pytest.fixture(scope="session")
def faulty_run(node: SingleNode, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """The faults, begun beside everything else, since time limits are whole minutes.

    The node's daemon is killed and restarted as soon as a job runs, well within its time limit.
    """
    folder = tmp_path_factory.mktemp("faults")
    here = Path(__file__).parent
    shutil.copy(here / "faults" / "Snakefile", folder)
    shutil.copytree(here.parents[2] / "profiles" / "slurm", folder / "profiles" / "slurm")
    run = Run(folder, (*ON_SLURM, "all"))
    try:
        run.wait_for("the job", (folder / "started").exists)
        node.crash_slurmd()
        node.restart_slurmd()
        (folder / "go_on").touch()
        yield run
    finally:
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
