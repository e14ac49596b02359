"""Retrieve the files of a benchmark from a URL or from the Hugging Face Hub.

From the network; makes `results/sources/<benchmark>`: the files, and `source.json`, which says
where they came from. What an interrupted job has fetched is kept outside its output, and the next
one continues it.
"""

import os
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from spuriverse.benchmarks import RECORD, Retrieved, download_hub, download_url, record_source
from spuriverse.problems import Problem
from spuriverse.tables import atomic_path
from spuriverse.workflow import run_job

SUFFIXES = (".csv", ".json", ".jsonl", ".parquet", ".tsv")


def main(snakemake: Any) -> None:
    """Retrieve, record and move into place."""
    params = snakemake.params
    parts = Path(params.parts)
    # Not only benchmarks have sources, so a rule may say what its key is called.
    setting = params.get("setting") or f"benchmarks.{params.name}.source"
    retrieved = retrieve(params.name, params.source, parts, setting)
    record_source(parts, retrieved)
    with atomic_path(snakemake.output.folder) as folder:
        for name in [*(file.name for file in retrieved.files), RECORD]:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            os.replace(parts / name, folder / name)
    shutil.rmtree(parts)


def retrieve(name: str, source: dict[str, Any], parts: Path, setting: str) -> Retrieved:
    """Bring the files of a source into the folder of parts."""
    if source.get("hub"):
        hub, revision, files = source["hub"], source["revision"], source["files"]
        return download_hub(hub, revision, files, parts, setting=setting)
    target = parts / f"{name}{suffix_of(source['url'], setting)}"
    return download_url(source["url"], source["sha256"], target, setting=setting)


def suffix_of(url: str, setting: str) -> str:
    """Return the suffix by which a reader will know the format; the rest of the name is ours."""
    suffix = Path(urlsplit(url).path).suffix.lower()
    if suffix not in SUFFIXES:
        raise Problem(
            f"The address in {setting}.url does not end in {', '.join(SUFFIXES[:-1])} or"
            f" {SUFFIXES[-1]}: download it, unpack it if need be, and set {setting} to the path."
        )
    return suffix


if "snakemake" in globals():
    # This job alone goes online, unless the user has forbidden it.
    os.environ.setdefault("HF_HUB_OFFLINE", "0")
    run_job(main, snakemake)
