"""Files that are either whole or absent: CSV, text, and folders."""

import errno
import glob
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from spuriverse.problems import Problem

PathLike = str | os.PathLike[str]

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


def write_csv(frame: pd.DataFrame, path: PathLike, columns: Sequence[str]) -> None:
    r"""Write `frame` as CSV in UTF-8; the same numbers give the same bytes on every machine.

    Args:
        frame: exactly the columns in `columns`, in any order; the index is not stored.
        path: the file to make or to replace; parent folders are made.
        columns: the columns of the file, in order. Floats get six significant digits, a missing
            value is an empty cell, lines end in `\n`.

    Raises:
        Problem: a column is missing, repeated or too many, or the file cannot be written.
    """
    if sorted(map(str, frame.columns)) != sorted(columns):
        raise Problem(
            f"The rows for {path} have the columns {', '.join(map(str, frame.columns))} but the"
            f" file needs exactly {', '.join(columns)}; correct the step that makes them."
        )
    cells = frame[list(columns)].map(_csv_cell)
    write_text(path, cells.to_csv(index=False, lineterminator="\n"))


def write_text(path: PathLike, text: str) -> None:
    """Write `text` to the file `path` in UTF-8, line ends as they are; make parent folders.

    Raises:
        Problem: the file cannot be written. The old file, if there was one, is then untouched.
    """
    with explained_writing(path), atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")


@contextmanager
def atomic_path(path: PathLike) -> Iterator[Path]:
    """Give a temporary path to fill with a file or a folder, and move it to `path` on success.

    Args:
        path: where the result goes; what is there, file or folder, is replaced. Parent folders are
            made.

    Yields:
        A path that does not exist yet, in the same parent and with the same suffix. On any
        exception it is removed and `path` stays as it was; what a killed process leaves is
        removed by the next writer.

    Raises:
        Problem: the disk is full, or the result cannot be moved to `path`. Other exceptions of the
            block pass through.
    """
    target = Path(path)
    temporary = _sibling(target)
    try:
        with explained_writing(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            _remove_leftovers(target)
        try:
            yield temporary
        except OSError as error:
            if error.errno in _DISK_FULL:
                raise cannot_write(target, error) from error
            raise
        with explained_writing(target):
            _replace(temporary, target)
    finally:
        _remove(temporary)


@contextmanager
def explained_writing(path: PathLike) -> Iterator[None]:
    """Turn what can go wrong while `path` is written into a `Problem`."""
    try:
        yield
    except OSError as error:
        raise cannot_write(Path(path), error) from error


def cannot_write(path: Path, error: OSError) -> Problem:
    """Return the problem that `path` cannot be written because of `error`."""
    if error.errno in _DISK_FULL:
        return Problem(
            f"Cannot write {path} because the disk is full; free some space there and run again."
        )
    return Problem(
        f"Cannot write {path} ({error.strerror or error}); check the folder and its permissions."
    )


def _sibling(path: Path) -> Path:
    # The suffix stays last: many writers choose the format by it.
    return path.with_name(f".{secrets.token_hex(4)}-{path.name}")


def _remove_leftovers(path: Path) -> None:
    """Remove what a killed writer of the same file left; a file has one writer at a time."""
    for leftover in path.parent.glob(f".{'[0-9a-f]' * 8}-{glob.escape(path.name)}"):
        _remove(leftover)


def _replace(source: Path, target: Path) -> None:
    if not (source.is_dir() and target.is_dir()):
        os.replace(source, target)
        return
    # A folder cannot be moved over a folder that has files in it.
    previous = _sibling(target)
    os.replace(target, previous)
    try:
        os.replace(source, target)
    except OSError:
        os.replace(previous, target)
        raise
    _remove(previous)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _csv_cell(value: Any) -> Any:
    if not isinstance(value, float | np.floating):
        return value
    # Adding zero turns -0.0 into 0.0, which is the same number.
    return "" if np.isnan(value) else f"{float(value) + 0.0:.6g}"
