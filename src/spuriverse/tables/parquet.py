"""Parquet tables that always fit their schema, written and read in chunks of rows."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as arrow
import pyarrow.parquet as pq

from spuriverse.problems import Problem
from spuriverse.tables.files import PathLike, atomic_path, explained_writing
from spuriverse.tables.schemas import arrow_schema
from spuriverse.tables.validation import ChunkValidator

CHUNK_ROWS = 50_000
"""Rows of a row group of a file, and of a chunk that is checked or converted at a time."""


def write_table(frame: pd.DataFrame, path: PathLike, name: str) -> None:
    """Write `frame` as the Parquet file of the table `name`; the same rows give the same bytes.

    Args:
        frame: the columns of `SCHEMAS[name]` in any order; the index is not stored.
        path: the file to make or to replace; parent folders are made.
        name: a key of `SCHEMAS`.

    Raises:
        Problem: the frame does not fit the schema, or the file cannot be written. The old file, if
            there was one, is then untouched.
    """
    with table_writer(path, name) as writer:
        for start in range(0, max(1, len(frame)), CHUNK_ROWS):
            writer.write(frame.iloc[start : start + CHUNK_ROWS])


class TableWriter:
    """Takes a table chunk by chunk; no more than two chunks are held.

    Args:
        path: the file, for messages.
        temporary: the file that is written.
        name: a key of `SCHEMAS`.
    """

    def __init__(self, path: PathLike, temporary: Path, name: str) -> None:
        self._path, self._temporary, self._name = path, temporary, name
        self._chunks = ChunkValidator(name, str(path), "correct the step that makes this table")
        self._schema = arrow_schema(name)
        self._held: list[arrow.Table] = []
        self._file: pq.ParquetWriter | None = None

    def write(self, frame: pd.DataFrame) -> None:
        """Add rows.

        Args:
            frame: as in `write_table`; any number of rows.

        Raises:
            Problem: the rows do not fit the schema, or the file cannot be written.
        """
        valid = self._chunks.validate(frame)
        self._held.append(arrow.Table.from_pandas(valid, schema=self._schema, preserve_index=False))
        if sum(table.num_rows for table in self._held) >= CHUNK_ROWS:
            self._write_groups()

    def finish(self) -> None:
        """Write what is left; the file is then whole.

        Raises:
            Problem: a key of the table repeats, or the file cannot be written.
        """
        if not self._held and self._file is None:
            self.write(empty_table(self._name))
        self._chunks.finish()
        self._write_groups(rest=True)

    def close(self) -> None:
        """Close the file, whole or not."""
        if self._file is not None:
            with explained_writing(self._path):
                self._file.close()

    def _write_groups(self, rest: bool = False) -> None:
        """Write row groups of one size: how rows were cut into chunks does not show in the file."""
        held = arrow.concat_tables(self._held)
        while held.num_rows >= CHUNK_ROWS or (rest and (held.num_rows or self._file is None)):
            with explained_writing(self._path):
                if self._file is None:
                    self._file = pq.ParquetWriter(self._temporary, held.schema)
                self._file.write_table(held.slice(0, CHUNK_ROWS).combine_chunks())
            held = held.slice(CHUNK_ROWS)
        self._held = [held]


@contextmanager
def table_writer(path: PathLike, name: str) -> Iterator[TableWriter]:
    """Give a writer for a table that is made chunk by chunk; the file is whole or absent.

    Args:
        path: the file to make or to replace; parent folders are made.
        name: a key of `SCHEMAS`.

    Yields:
        The writer. The rows are those of all chunks, in their order; there may be none.

    Raises:
        Problem: as in `write_table`. Other exceptions of the block pass through; in either case the
            old file, if there was one, is untouched.
    """
    with atomic_path(path) as temporary:
        writer = TableWriter(path, temporary, name)
        try:
            yield writer
            writer.finish()
        finally:
            writer.close()


def read_table(path: PathLike, name: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Read the table `name` from a Parquet file.

    Args:
        path: the file.
        name: a key of `SCHEMAS`.
        columns: which columns are needed, in this order; by default all.

    Returns:
        The rows in the order of the file, typed as in `SCHEMAS[name]`; list columns hold Python
        lists.

    Raises:
        Problem: the file is missing, is not a whole Parquet file, or does not fit the schema.
    """
    chunks = list(read_chunks(path, name, columns))
    return chunks[0] if len(chunks) == 1 else pd.concat(chunks, ignore_index=True)


def read_chunks(
    path: PathLike, name: str, columns: Sequence[str] | None = None
) -> Iterator[pd.DataFrame]:
    """Read the table `name` as `read_table` does, at most `CHUNK_ROWS` rows at a time.

    Yields:
        One or more frames, each with its rows numbered from 0.

    Raises:
        Problem: as in `read_table`; that a key repeats is known after the last chunk.
    """
    remedy = "delete the file and run the step that makes it again"
    if not Path(path).is_file():
        raise Problem(f"There is no table {name!r} at {path}; run the step that makes it first.")
    chunks = ChunkValidator(name, str(path), remedy, columns)
    try:
        with pq.ParquetFile(path) as file:
            for frame in _frames(file, columns):
                yield chunks.validate(frame)
    except (OSError, arrow.ArrowException) as error:
        raise Problem(f"{path} is not a readable Parquet file ({error}); {remedy}.") from error
    chunks.finish()


def _frames(file: pq.ParquetFile, columns: Sequence[str] | None) -> Iterator[pd.DataFrame]:
    stored = file.schema_arrow
    # A column that is missing is left to the check, which says so.
    wanted = [c for c in (stored.names if columns is None else columns) if c in stored.names]
    if not file.metadata.num_rows:
        yield stored.empty_table().select(wanted).to_pandas()
    for batch in file.iter_batches(CHUNK_ROWS, columns=wanted):
        yield batch.to_pandas()


def read_tables(
    paths: Sequence[PathLike], name: str, columns: Sequence[str] | None = None
) -> pd.DataFrame:
    """Read several files of the table `name`, one below the other.

    A sample that two benchmarks hold, such as a published anchor, is read once.

    Raises:
        Problem: As in `read_table`.
    """
    table = pd.concat([read_table(path, name, columns) for path in paths], ignore_index=True)
    if name == "samples":
        return table.drop_duplicates("sample_id", ignore_index=True)
    return table


def empty_table(name: str) -> pd.DataFrame:
    """Return the table `name` without rows.

    Raises:
        Problem: There is no such table.
    """
    return arrow_schema(name).empty_table().to_pandas()
