"""The lock of a killed run is removed, the lock of a run that is alive stays."""

import subprocess
import sys
from pathlib import Path

import pytest

TAKE = "import sys; from spuriverse.workflow.run_lock import release_stale_lock as take; "
ONCE = TAKE + "print(take(sys.argv[1]))"
AND_HOLD = TAKE + "print(take(sys.argv[1]), flush=True); sys.stdin.read()"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Snakemake's folder with a lock in it."""
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks" / "0.input.lock").write_text("input.txt")
    (tmp_path / "metadata").mkdir()
    return tmp_path


def locks(folder: Path) -> list[str]:
    return [path.name for path in (folder / "locks").iterdir()]


def take(folder: Path) -> str:
    command = [sys.executable, "-c", ONCE, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def take_and_hold(folder: Path) -> subprocess.Popen:
    command = [sys.executable, "-c", AND_HOLD, str(folder)]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout
    assert holder.stdout.readline().strip() == "True"
    return holder


def test_a_stale_lock_is_removed(folder: Path) -> None:
    assert take(folder) == "True"
    assert locks(folder) == []
    assert (folder / "metadata").is_dir()


@pytest.mark.parametrize("end", ["returns", "is killed"])
def test_a_lock_stays_as_long_as_its_run_is_alive(folder: Path, end: str) -> None:
    holder = take_and_hold(folder)
    try:
        (folder / "locks" / "1.output.lock").write_text("output.txt")
        assert take(folder) == "False"
        assert locks(folder) == ["1.output.lock"]
    finally:
        if end == "is killed":
            holder.kill()
        holder.communicate()
    assert take(folder) == "True"
    assert locks(folder) == []


def test_a_first_run_has_nothing_to_remove(tmp_path: Path) -> None:
    assert take(tmp_path / ".snakemake") == "True"
