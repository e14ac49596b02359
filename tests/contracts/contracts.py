"""The check that a frame fits its table: by writing it and reading it, as the workflow does."""

import tempfile
from pathlib import Path

import pandas as pd

from spuriverse.tables import read_table, write_table


def as_table(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return what is read after a frame is written as a table; it is refused if it does not fit."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.parquet"
        write_table(frame, path, name)
        return read_table(path, name)
