"""Read the recorded replies of the source model and the verdicts on its errors.

From the published metadata file of every benchmark; makes the `records`.
"""

from pathlib import Path
from typing import Any

import pandas as pd

from spuriverse.benchmarks import read_records
from spuriverse.job import run_job
from spuriverse.tables import write_table


def main(snakemake: Any) -> None:
    """Read and save."""
    readers = snakemake.params.readers.items()
    tables = [
        read_records(Path(path), benchmark, reader)
        for (benchmark, reader), path in zip(readers, snakemake.input.replies, strict=True)
    ]
    write_table(pd.concat(tables, ignore_index=True), snakemake.output.records, "records")


if "snakemake" in globals():
    run_job(main, snakemake)
