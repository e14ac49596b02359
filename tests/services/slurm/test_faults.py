"""What a cluster does to jobs, and that they get through it with the project's profile."""

import pytest
from single_node import SingleNode

pytestmark = [pytest.mark.services, pytest.mark.workflow, pytest.mark.slow]


def test_jobs_get_through(node: SingleNode, faulty_run) -> None:
    folder = faulty_run.folder
    faulty_run.wait_for("the job", (folder / "started").exists)
    node.crash_slurmd()
    node.restart_slurmd()
    (folder / "go_on").touch()
    assert faulty_run.wait() == 0, faulty_run.said[-6000:]

    # SLURM goes on with a job whose node's daemon comes back: it is not begun again.
    assert (folder / "through_a_crash.attempts").read_text().split() == ["once"]
    # Over the limit, a job comes back with more, and is not begun a third time.
    assert (folder / "over_time.attempts").read_text().split() == ["1", "2"]
    assert (folder / "over_memory.attempts").read_text().split() == ["400", "800"]
    states = node.ask("sacct", "--allocations", "--noheader", "--format=State").split()
    assert "TIMEOUT" in states


def test_gpus_are_for_those_who_ask(faulty_run) -> None:
    partition, devices = (faulty_run.folder / "on_gpu").read_text().split()
    assert partition == "gpu"
    assert devices in ("0", "1")
    assert (faulty_run.folder / "on_cpu").read_text().split() == ["cpu", "none"]
