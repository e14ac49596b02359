"""What made a file: the job, its parameters, and the content of what it read.

A figure carries this record in its metadata. A table keeps its bytes, so that the same numbers are
the same file; what made it is among the records, `records/tradeoff.provenance.json` for
`tables/tradeoff.csv`.
"""

import importlib.metadata
import json
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from spuriverse.problems import Problem
from spuriverse.tables import file_sha256, record_of, table_of, write_text

SIDECAR = ".provenance.json"
FIELD = "Provenance"
"""Name of the record in a figure's metadata; a PDF has it among its keywords."""

PACKAGES = ("spuriverse", "numpy", "pandas", "scipy", "torch", "transformers", "matplotlib")

MAKES_RESULTS = ("Snakefile", "rules", "scripts", "src", "envs", "notebooks")
"""What is compared with the commit. A cluster's profile and overlays of one's own make nothing that
the parameters of jobs do not say."""

_current: ContextVar[dict[str, Any] | None] = ContextVar("current", default=None)


@contextmanager
def recording(snakemake: Any) -> Iterator[None]:
    """Keep the record of a job for the figures that it saves, and write those of its tables.

    Args:
        snakemake: What Snakemake gives to a script.
    """
    record = job_record(snakemake)
    token = _current.set(record)
    try:
        yield
    finally:
        _current.reset(token)
    for path in map(Path, getattr(snakemake, "output", ())):
        if path.suffix == ".csv" and path.is_file() and table_of(path) is None:
            content = {**record, "sha256": file_sha256(path)}
            text = json.dumps(content, indent=2, sort_keys=True) + "\n"
            write_text(sidecar_of(path), text)


def current_record() -> str:
    """Return the record of the job that runs, as JSON in a line; empty outside a job."""
    record = _current.get()
    return json.dumps(record, sort_keys=True, separators=(",", ":")) if record else ""


def job_record(snakemake: Any) -> dict[str, Any]:
    """Return what makes a job's outputs what they are. The same job has the same record."""
    return {
        "rule": snakemake.rule,
        "params": json.loads(json.dumps(dict(getattr(snakemake, "params", {})), default=str)),
        "inputs": checksums(map(str, getattr(snakemake, "input", ()))),
        "commit": git("rev-parse", "HEAD"),
        "dirty": is_dirty(),
        "versions": versions(PACKAGES),
    }


def sidecar_of(table: Path) -> Path:
    """Return where the record of what made a CSV file is: among the records, or beside the file."""
    try:
        place = record_of(table)
    except Problem:
        place = table
    return place.with_name(table.stem + SIDECAR)


def recorded_in(sidecar: Path) -> Path:
    """Return the CSV file whose record this is."""
    place = table_of(sidecar) or sidecar
    return place.with_name(sidecar.name.removesuffix(SIDECAR) + ".csv")


def checksums(paths: Iterable[str]) -> dict[str, str]:
    """Return the SHA-256 of every file; of folders, whose files others are recorded for, none."""
    return {path: file_sha256(path) for path in sorted(set(paths)) if Path(path).is_file()}


def git(*arguments: str) -> str | None:
    """Return what git prints, or nothing where there is no git or no checkout."""
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def is_dirty() -> bool | None:
    """Return whether what makes results differs from the commit; None without a checkout."""
    status = git("status", "--porcelain", "--", *MAKES_RESULTS)
    return None if status is None else bool(status)


def versions(packages: Iterable[str]) -> dict[str, str | None]:
    """Return the installed version of every package; None if it is not there."""
    found: dict[str, str | None] = {}
    for package in packages:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = None
    return found
