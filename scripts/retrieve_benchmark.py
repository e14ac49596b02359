"""Read the questions of a benchmark from its source.

From the file or folder of the source, and the metadata files that hold what it leaves out; makes
`results/benchmarks/<name>`: the samples, the images that the source itself holds, and the rows that
cannot be asked, each with the reason.
"""

from pathlib import Path
from typing import Any

from spuriverse.benchmarks import collect_rows, reader_of
from spuriverse.tables import atomic_path, table_writer, write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Read, tell apart and save."""
    output, name, section = snakemake.output, snakemake.wildcards.name, snakemake.params.benchmark
    settings = {"columns": section["columns"]} if "columns" in section else {}
    if names := snakemake.params.get("metadata"):
        settings["metadata"] = dict(zip(names, map(Path, snakemake.input.metadata), strict=True))
    rows = reader_of(snakemake.params.reader)(Path(snakemake.input.source), **settings)
    with table_writer(output.samples, "samples") as samples, atomic_path(output.images) as folder:
        folder.mkdir(exist_ok=True)
        collected = collect_rows(
            rows,
            benchmark=name,
            folder=folder,
            stored_as=Path(output.images),
            images=Path(section["images"]) if section["images"] else None,
            refused_at_most=section["refused_at_most"],
            keep=samples.write,
        )
    write_table(collected.refused, output.refused, "refused")


if "snakemake" in globals():
    run_job(main, snakemake)
