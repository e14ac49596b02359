"""The files of a source: found by their suffix and read piece by piece.

Whatever is wrong with a file as a whole (it is absent, cut short, not UTF-8, or lacks a column) is
a `Problem` that names it. What is wrong with a single row is left to the readers.
"""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from string import ascii_uppercase
from typing import Any, TextIO

import pyarrow as arrow
import pyarrow.parquet as pq

from spuriverse.problems import Problem

Cells = dict[str, str]
"""One row of a CSV or TSV file: column -> text."""

NOT_DATA = ("source.json",)
"""Files beside the data that say where it came from."""

PARQUET_ROWS = 32
"""Rows held at a time; each may carry several images."""

TROUBLE = "\0"
"""Key of what is wrong with a row that cannot be read: no column of a file has this name."""

_LONGEST_CELL = 2**31 - 1


def suffix_of(path: Path) -> str:
    """Return the suffix that tells the format, in lower case: ".csv" of both a.csv and a.CSV.gz."""
    name = path.name.lower()
    return Path(name.removesuffix(".gz")).suffix


def find_files(path: Path, suffixes: Sequence[str]) -> list[Path]:
    """Return the files of a source, sorted by name.

    Args:
        path: A file, or a folder that holds files of one of the formats and whatever else.
        suffixes: The suffixes that can be read.

    Raises:
        Problem: There is no such file, its format is not read, or the folder mixes formats.
    """
    able = ", ".join(suffixes)
    if not path.exists():
        raise Problem(
            f"There is no file or folder at {path}; put the source there, a file of type"
            f" {able}, or name the right path."
        )
    if path.is_file():
        if suffix_of(path) not in suffixes:
            raise Problem(f"{path} cannot be read as a source; give a file of type {able}.")
        return [path]
    found = [file for file in sorted(path.rglob("*")) if _is_data(file, path, suffixes)]
    formats = sorted({suffix_of(file) for file in found})
    if len(formats) != 1:
        holds = f"files of type {', '.join(formats)}" if found else f"no file of type {able}"
        raise Problem(
            f"{path} holds {holds}, but all files must have one format; name a single file."
        )
    return found


def _is_data(file: Path, folder: Path, suffixes: Sequence[str]) -> bool:
    hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
    usable = suffix_of(file) in suffixes and file.name not in NOT_DATA
    return usable and not hidden and file.is_file()


def read_json(path: Path) -> Any:
    """Return what the JSON file holds.

    Raises:
        Problem: It is missing, not UTF-8, or not whole JSON.
    """
    with explained(path), _open_text(path) as file:
        return json.load(file)


def read_json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (line number from 1, object) of a file with one JSON object per line.

    What is wrong with a line that holds none stands under `TROUBLE` of an object of its own.

    Raises:
        Problem: It is missing or not UTF-8.
    """
    with explained(path), _open_text(path) as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                item = json.loads(line)
            except (ValueError, RecursionError) as error:
                item = {TROUBLE: f"it is not complete JSON ({error})"}
            if not isinstance(item, dict):
                item = {TROUBLE: "it is not a JSON object"}
            yield number, item


def read_csv(
    path: Path, needed: Sequence[str], *, uneven: bool = False
) -> Iterator[tuple[int, Cells]]:
    """Yield (number of its last line, cells) of the rows of a CSV file with a header.

    Args:
        path: The file, in UTF-8 with or without a byte order mark.
        needed: Columns that must be there.
        uneven: Whether a row with more or fewer cells than columns is yielded, with what is wrong
            under `TROUBLE`, rather than a sign that the file is damaged.

    Raises:
        Problem: It is missing, not UTF-8, cut short, or lacks a column.
    """
    with explained(path), _open_text(path) as file:
        yield from parse_table(file, path, needed, ",", uneven=uneven)


def parse_table(
    lines: Iterable[str],
    path: Path,
    needed: Sequence[str],
    delimiter: str,
    *,
    uneven: bool = False,
) -> Iterator[tuple[int, Cells]]:
    """Yield the rows of `read_csv` from lines of text; `path` is for the messages alone."""
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_CELL))
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    columns = [name.strip() for name in next(reader, [])]
    require_columns(path, needed, columns)
    for cells in reader:
        if len(cells) == len(columns):
            yield reader.line_num, dict(zip(columns, cells, strict=True))
        elif cells and uneven:
            fault = f"it has {len(cells)} cells, but the header has {len(columns)} columns"
            yield reader.line_num, {TROUBLE: fault}
        elif cells:
            raise Problem(
                f"{path} has {len(cells)} cells in the row that ends in line {reader.line_num} but"
                f" {len(columns)} columns; the file is truncated or damaged, so get it again."
            )


def parquet_columns(path: Path) -> list[str]:
    """Return the names of the columns of a Parquet file.

    Raises:
        Problem: It is missing, or not a whole Parquet file.
    """
    with explained(path), pq.ParquetFile(path) as file:
        return list(file.schema_arrow.names)


def read_parquet(path: Path, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the rows of a Parquet file, of which few are held at a time.

    Raises:
        Problem: It is missing, not a whole Parquet file, or lacks one of the columns.
    """
    require_columns(path, columns, parquet_columns(path))
    with explained(path), pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=PARQUET_ROWS, columns=list(columns)):
            yield from batch.to_pylist()


def require_columns(path: Path, needed: Iterable[str], there: Sequence[str]) -> None:
    """Raise a `Problem` with the columns that are there, unless all needed ones are."""
    missing = [name for name in needed if name not in there]
    twice = sorted({name for name in there if there.count(name) > 1})
    if missing:
        raise Problem(
            f"{path} has no column {', '.join(missing)}; it has"
            f" {', '.join(there) or 'none at all'}. Check that it is the right file."
        )
    if twice:
        raise Problem(f"{path} has the column {twice[0]} twice; rename or remove one of them.")


def text_of(value: Any) -> str:
    """Return a cell as text: "" for what is missing or not text, "7" for 7 and for 7.0."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, float):
        return "" if value != value else str(int(value)) if value.is_integer() else str(value)
    return str(value) if isinstance(value, int) else ""


def option_of(value: Any) -> str:
    """Return an option as text: "" for a missing cell, "1.0" for 1.0, and any words as they are.

    "None", "NA", "null" and "nan" are words like any other; only a cell without a value is empty.
    """
    if isinstance(value, float):
        return "" if value != value else str(value)
    return text_of(value)


def index_of_letter(text: str) -> int | None:
    """Return 0 for A or a, 1 for B or b and so on; None if it is not a single letter."""
    letter = text.strip().upper()
    return ascii_uppercase.index(letter) if len(letter) == 1 and letter in ascii_uppercase else None


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what can go wrong with the file `path` while it is read into a `Problem`."""
    try:
        yield
    except FileNotFoundError:
        raise Problem(f"There is no file at {path}; put it there, or name its path.") from None
    except UnicodeDecodeError:
        raise Problem(f"{path} is not text in UTF-8; save it in that encoding.") from None
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise _damaged(path, "the compressed data ends or breaks off") from None
    except (ValueError, RecursionError, csv.Error, arrow.ArrowException) as error:
        raise _damaged(path, str(error).splitlines()[0] if str(error) else "no detail") from error
    except OSError as error:
        raise Problem(
            f"{path} cannot be read ({error.strerror or error}); check it and its permissions."
        ) from error


def _damaged(path: Path, detail: str) -> Problem:
    return Problem(f"{path} is truncated or damaged ({detail}); get the file again.")


def _open_text(path: Path) -> TextIO:
    # The signature "utf-8-sig" reads UTF-8 with and without a byte order mark.
    if path.suffix.lower() == ".gz":
        return io.TextIOWrapper(gzip.open(path), encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")
