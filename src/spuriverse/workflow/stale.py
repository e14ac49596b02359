"""Which results are stale, and why: what was recorded with them, against what is there now."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spuriverse.problems import Problem
from spuriverse.tables import file_sha256
from spuriverse.workflow.job_record import FIELD, SIDECAR, recorded_in

STATUS = {
    "updated input files": "its input files are newer",
    "set of input files changed": "it is made from other files now",
    "params changed": "its parameters or the code that it runs changed",
}
"""What Snakemake's table of outputs says of one -> the end of "stale, because"."""


@dataclass(frozen=True, order=True)
class Stale:
    """A result that would come out otherwise today, or may.

    Attributes:
        path: The file.
        reason: Why, as the end of "stale, because".
    """

    path: str
    reason: str


def find_stale(results: str | Path, config: str, target: str = "all") -> list[Stale]:
    """Return the stale results, each reason once.

    Args:
        results: The folder of results.
        config: The configuration after overlays, as JSON.
        target: Of whose inputs Snakemake is asked.

    Raises:
        Problem: Snakemake cannot plan the target.
    """
    recorded = [stale for path, record in records(results) for stale in _compare(path, record)]
    return sorted({*recorded, *_asked_of_snakemake(config, target)})


def find_changed(results: str | Path, params: Mapping[str, Mapping[str, Any]]) -> list[Stale]:
    """Return what a glance shows to be stale: results of other parameters, code or inputs.

    Unlike `find_stale` it does not ask Snakemake, so it takes no time, and does not know of results
    whose inputs are to be made again themselves.

    Args:
        results: The folder of results.
        params: Rule -> its parameters as they are now; those that depend on wildcards are left out.
    """
    found = []
    for path, record in records(results):
        now = json.loads(json.dumps(params.get(record["rule"], {}), default=str))
        then = record["params"]
        changed = any(key in then and then[key] != value for key, value in now.items())
        if path.is_file() and changed:
            found.append(Stale(str(path), STATUS["params changed"]))
        elif path.is_file() and (newer := _changed_input(path, record["inputs"])):
            found.append(Stale(str(path), newer))
    return sorted(found)


def _changed_input(path: Path, inputs: Mapping[str, str]) -> str:
    """Why one of the inputs makes a result stale; only inputs that are newer are read."""
    made = path.stat().st_mtime
    for source, sha256 in inputs.items():
        if not os.path.exists(source):
            return f"its input {source} is gone"
        if os.path.getmtime(source) > made and file_sha256(source) != sha256:
            return f"the content of its input {source} is another one now"
    return ""


def records(results: str | Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield every table and figure that carries a record, and the record.

    A run with a folder of results below is another run.
    """
    others = {path.parents[1] for path in Path(results).glob("*/**/records/provenance.json")}
    for sidecar in sorted(Path(results).rglob(f"*{SIDECAR}")):
        if not others.isdisjoint(sidecar.parents):
            continue
        yield recorded_in(sidecar), json.loads(sidecar.read_text(encoding="utf-8"))
    for figure in sorted((Path(results) / "figures").glob("*.p[dn][fg]")):
        if record := read_figure_record(figure):
            yield figure, record


def read_figure_record(path: Path) -> dict[str, Any] | None:
    """Return the record in the metadata of a PNG or PDF file, if there is one."""
    if path.suffix == ".png":
        from PIL import Image

        with Image.open(path) as image:
            text = image.info.get(FIELD)
    else:
        text = _keywords(path.read_bytes())
    return json.loads(text) if text else None


def _keywords(pdf: bytes) -> str | None:
    """The keywords of a PDF file of Matplotlib: a string, in which a backslash escapes."""
    match = re.search(rb"/Keywords \(((?:[^\\()]|\\.)*)\)", pdf, re.DOTALL)
    return re.sub(rb"\\(.)", rb"\1", match.group(1)).decode("latin-1") if match else None


def _compare(path: Path, record: dict[str, Any]) -> Iterator[Stale]:
    if not path.is_file():
        return
    if "sha256" in record and file_sha256(path) != record["sha256"]:
        yield Stale(str(path), "it was edited after it was made")
    for source, sha256 in record["inputs"].items():
        if not os.path.exists(source):
            yield Stale(str(path), f"its input {source} is gone")
        elif file_sha256(source) != sha256:
            yield Stale(str(path), f"the content of its input {source} is another one now")
    if record["dirty"] and record["commit"]:
        commit = record["commit"][:10]
        yield Stale(str(path), f"it was made with edits that commit {commit} does not have")


def _asked_of_snakemake(config: str, target: str) -> Iterator[Stale]:
    """What Snakemake would make again, of what there is, by its table of all outputs."""
    for line in ask_snakemake(config, target, "--summary").splitlines():
        path, *_, status, plan = line.split("\t") if line.count("\t") >= 5 else ("", "", "")
        if plan == "update pending" and Path(path).exists():
            yield Stale(path, STATUS.get(status, "what it is made from is to be made again"))


def ask_snakemake(config: str, *arguments: str) -> str:
    """Return what Snakemake says of some targets, without making anything.

    Args:
        config: The configuration after overlays, as JSON.
        arguments: What is to be made, and what it is asked, `--dry-run` or `--summary` among it.

    Raises:
        Problem: Snakemake cannot plan the targets.
    """
    with tempfile.TemporaryDirectory() as folder:
        overlay = Path(folder) / "config.json"
        overlay.write_text(config, encoding="utf-8")
        line = ["snakemake", "--nolock", *arguments]
        done = subprocess.run(
            [sys.executable, "-m", *line, "--configfile", str(overlay)],
            capture_output=True,
            text=True,
            check=False,
        )
    output = done.stdout + done.stderr
    if done.returncode:
        last = output.strip().splitlines()[-1:] or ["no message"]
        raise Problem(f"Snakemake cannot plan {' '.join(arguments)}: {last[0]}")
    return output
