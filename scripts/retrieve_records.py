"""Read the recorded replies of the source model and the verdicts on its errors.

From the published metadata file of every benchmark; makes the `records`.
"""

from pathlib import Path
from typing import Any

from spuriverse.benchmarks import read_records
from spuriverse.tables import table_writer
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Read and save."""
    readers = snakemake.params.readers.items()
    with table_writer(snakemake.output.records, "records") as writer:
        for (benchmark, reader), path in zip(readers, snakemake.input.replies, strict=True):
            for records in read_records(Path(path), benchmark, reader):
                writer.write(records)


if "snakemake" in globals():
    run_job(main, snakemake)
