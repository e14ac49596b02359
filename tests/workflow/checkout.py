"""A copy of the project in which tests run the real workflow."""

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from warm import run_snakemake

ROOT = Path(__file__).resolve().parents[2]
PARTS = (
    "Snakefile",
    "config.yaml",
    "config",
    "rules",
    "scripts",
    "envs",
    "notebooks",
    "profiles",
    "report",
)
SMOKE = "config/smoke.yaml"
SECONDS_TO_HAPPEN = 300


@dataclass(frozen=True)
class Checkout:
    """A working directory with the workflow's files, and no results."""

    folder: Path

    def copy_to(self, folder: Path) -> "Checkout":
        """Copy everything, but what Snakemake makes and deletes while other tests use it here."""
        shutil.copytree(self.folder, folder, symlinks=True, ignore=_passing)
        return Checkout(folder)

    @property
    def tables(self) -> dict[str, bytes]:
        """Contents of every table that the smoke configuration makes, with every digit."""
        folder = self.folder / "results" / "smoke" / "records"
        return {path.name: path.read_bytes() for path in sorted(folder.glob("*.csv"))}

    def command(self, *arguments: str, overlays: tuple[str, ...] = (SMOKE,)) -> list[str]:
        """Snakemake's command line; targets and options come before the overlays."""
        line = [sys.executable, "-m", "snakemake", "--cores", "2", *arguments]
        return [*line, "--configfile", *overlays] if overlays else line

    def run(
        self,
        *arguments: str,
        overlays: tuple[str, ...] = (SMOKE,),
        library: Path | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run Snakemake to its end.

        Args:
            arguments: Targets and options.
            overlays: Files laid over the configuration.
            library: The folder of our package, if it is another than the one under test.
        """
        line = self.command(*arguments, overlays=overlays)
        return run_snakemake(line[line.index("snakemake") + 1 :], self.folder, library)

    def kill_at(self, words: str, *arguments: str, group: bool = True) -> None:
        """Start Snakemake and kill it with SIGKILL as soon as it says some words.

        Args:
            words: In a line of its output.
            group: Kill its jobs with it; otherwise the main process alone.
        """
        process = subprocess.Popen(
            self.command(*arguments),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert process.stdout is not None
        seen = []
        for line in process.stdout:
            seen.append(line)
            if words in line:
                os.killpg(process.pid, signal.SIGKILL) if group else process.kill()
                process.wait()
                return
        process.wait()
        raise AssertionError(f"the run ended before it said {words!r}:\n{''.join(seen)[-3000:]}")

    def kill_when(
        self, happened: Event, *arguments: str, overlays: tuple[str, ...] = (SMOKE,)
    ) -> None:
        """Start Snakemake and kill it and its jobs with SIGKILL as soon as something happened."""
        process = subprocess.Popen(
            self.command(*arguments, overlays=overlays),
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        seen = happened.wait(SECONDS_TO_HAPPEN)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert seen, "it did not happen"


def copy_workflow(folder: Path) -> Checkout:
    """Copy the workflow's files into an empty folder."""
    for part in PARTS:
        source = ROOT / part
        copy = shutil.copytree if source.is_dir() else shutil.copyfile
        copy(source, folder / part)
    return Checkout(folder)


def _passing(folder: str, names: list[str]) -> set[str]:
    inside = Path(folder).name == ".snakemake"
    return {"locks", "scripts", "log", "incomplete"} & set(names) if inside else set()
