"""Read the questions of a benchmark from its source.

From the file or folder of the source, which may be pictures by class, and the metadata files that
hold what it leaves out; makes
`results/benchmarks/<name>`: the samples, the images that the source itself holds, and the rows that
cannot be asked, each with the reason.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from spuriverse.benchmarks import Row, ask_classes, collect_rows, is_class_folder, reader_of
from spuriverse.tables import atomic_path, table_writer, write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Read, tell apart and save."""
    output, name, section = snakemake.output, snakemake.wildcards.name, snakemake.params.benchmark
    rows, images = _read(snakemake)
    with table_writer(output.samples, "samples") as samples, atomic_path(output.images) as folder:
        folder.mkdir(exist_ok=True)
        collected = collect_rows(
            rows,
            benchmark=name,
            folder=folder,
            stored_as=Path(output.images),
            images=images,
            refused_at_most=section["refused_at_most"],
            keep=samples.write,
        )
    write_table(collected.refused, output.refused, "refused")


def _read(snakemake: Any) -> tuple[Iterator[Row], Path | None]:
    """The rows, and the folder of their images if these are files of their own."""
    name, section = snakemake.wildcards.name, snakemake.params.benchmark
    source = Path(snakemake.input.source)
    images = Path(section["images"]) if section["images"] else None
    if snakemake.params.reader == "own" and is_class_folder(source):
        asked = {key: section[key] for key in ("question", "options")}
        setting = f"benchmarks.own.{name}.source"
        return ask_classes(source, **asked, setting=setting), source
    settings = {"columns": section["columns"]} if "columns" in section else {}
    if names := snakemake.params.get("metadata"):
        settings["metadata"] = dict(zip(names, map(Path, snakemake.input.metadata), strict=True))
    return reader_of(snakemake.params.reader)(source, **settings), images


if "snakemake" in globals():
    run_job(main, snakemake)
