"""Where results come from: code, configuration, versions, hardware, seeds, timings."""

import csv
import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from spuriverse.cpu import describe_processor
from spuriverse.tables import write_text
from spuriverse.workflow.job_record import checksums, git, is_dirty, versions

PACKAGES = (
    "spuriverse",
    "torch",
    "torchvision",
    "transformers",
    "peft",
    "trl",
    "numpy",
    "pandas",
    "scipy",
    "pillow",
    "snakemake",
)


def record(results: str | Path, config: BaseModel, spending: str | Path | None = None) -> bool:
    """Write `records/provenance.json` into the results, if any job ran since it was last written.

    Args:
        results: The folder of results.
        config: The configuration after overlays; it is recorded as it is.
        spending: The table of what remote models have cost; None if none was asked.

    Returns:
        Whether the file was written.
    """
    results = Path(results)
    path = results / "records/provenance.json"
    timings = sorted((results / "timings").rglob("*.tsv"))
    newest = max((timing.stat().st_mtime for timing in timings), default=0.0)
    if path.exists() and path.stat().st_mtime >= newest:
        return False
    settings = config.model_dump()
    content = {
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "protocol": settings.get("protocol"),
        "commit": git("rev-parse", "HEAD"),
        "dirty": is_dirty(),
        "config": settings,
        "seeds": _seeds(settings),
        "versions": {"python": platform.python_version(), **versions(PACKAGES)},
        "hardware": {
            "machine": platform.machine(),
            "system": platform.system(),
            "processor": describe_processor(),
            "cores": os.cpu_count(),
        },
        "data": _data(results),
        "spending": _rows(spending) if spending and Path(spending).exists() else [],
        "timings": {str(t.relative_to(results / "timings")): _timing(t) for t in timings},
    }
    write_text(path, json.dumps(content, indent=2, sort_keys=False) + "\n")
    return True


def _data(results: Path) -> dict[str, Any]:
    """Where fetched files came from, with revisions and digests, and the digests of all samples."""
    sources = sorted((results / "sources").glob("*/source.json"))
    samples = sorted((results / "benchmarks").glob("*/samples.parquet"))
    return {
        "sources": {p.parent.name: json.loads(p.read_text(encoding="utf-8")) for p in sources},
        "samples_sha256": checksums(map(str, samples)),
    }


def _rows(table: str | Path) -> list[dict[str, str]]:
    with Path(table).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _seeds(settings: dict[str, Any]) -> dict[str, Any]:
    return {
        "seed": settings["seed"],
        "zoo": {model["name"]: model["seed"] for model in settings["zoo"]["models"]},
        "finetuning": settings["finetuning"]["seeds"],
    }


def _timing(path: Path) -> dict[str, float | None]:
    """Return wall seconds, CPU seconds and peak memory of a job's benchmark file."""
    with path.open(encoding="utf-8", newline="") as file:
        row = next(csv.DictReader(file, delimiter="\t"), {})
    names = {"s": "seconds", "cpu_time": "cpu_seconds", "max_rss": "max_rss_mb"}
    return {name: _number(row.get(column)) for column, name in names.items()}


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text is not None else None
    except ValueError:
        return None
