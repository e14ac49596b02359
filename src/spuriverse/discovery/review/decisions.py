"""The database of a review, and the digest of what is decided in it.

The digest is asked for whenever the workflow is planned, so this module needs nothing but the
standard library.
"""

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

from spuriverse.problems import Problem
from spuriverse.tables import log_ahead

ACTS = ("accept", "reject", "skip")
BUSY_SECONDS = 30.0
APPLICATION = 0x53705256
VERSION = 1


@dataclass(frozen=True)
class Act:
    """What one reviewer did about one candidate at one moment; one row of the table.

    Attributes:
        act_id: Names the act wherever it is copied to.
        made: UTC, in ISO 8601 with microseconds, so that the text sorts like the time.
        resolves: Whether it settles a disagreement instead of being one reviewer's judgement.
        undone: Whether the reviewer took it back.
    """

    act_id: str
    made: str
    candidate_id: str
    reviewer: str
    act: str
    attribute: str
    spurious_description: str
    core_description: str
    note: str
    resolves: bool
    undone: bool


FIELDS = tuple(field.name for field in fields(Act))

_TABLE = f"""
CREATE TABLE acts (
    act_id TEXT NOT NULL PRIMARY KEY,
    made TEXT NOT NULL,
    candidate_id TEXT NOT NULL,
    reviewer TEXT NOT NULL,
    act TEXT NOT NULL CHECK (act IN {ACTS}),
    attribute TEXT NOT NULL,
    spurious_description TEXT NOT NULL,
    core_description TEXT NOT NULL,
    note TEXT NOT NULL,
    resolves INTEGER NOT NULL CHECK (resolves IN (0, 1)),
    undone INTEGER NOT NULL CHECK (undone IN (0, 1))
) STRICT
"""

# A skip decides nothing, so it does not hide an earlier decision. A resolution stands beside the
# reviewer's own judgement, which the measures of agreement need.
STANDING = f"""
SELECT {", ".join(FIELDS)} FROM (
    SELECT *, ROW_NUMBER() OVER (
        PARTITION BY candidate_id, reviewer, resolves
        ORDER BY act = 'skip', made DESC, act_id DESC
    ) AS place
    FROM acts WHERE undone = 0
) WHERE place = 1
"""

_DECIDED = f"""
SELECT candidate_id, reviewer, act, attribute, spurious_description, core_description, note,
    resolves
FROM ({STANDING}) WHERE act <> 'skip' ORDER BY candidate_id, made, act_id
"""


def decisions_sha256(path: str | os.PathLike[str]) -> str:
    """Return a digest of what the reviewers have decided so far.

    Args:
        path: The database of a review; it need not exist.

    Returns:
        64 hexadecimal digits that change whenever a decision is made, edited or undone, and not
        with a skip; "" as long as nothing is decided.

    Raises:
        Problem: The file exists but is not a database of a review, or cannot be read.
    """
    if not Path(path).exists():
        return ""
    with explained(path), closing(open_database(path)) as connection:
        rows = connection.execute(_DECIDED).fetchall()
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest() if rows else ""


def open_database(path: str | os.PathLike[str]) -> sqlite3.Connection:
    """Open the database of a review, or make it; every statement is committed by itself.

    Args:
        path: The file; its folder is made, too.

    Raises:
        Problem: The file is not a database of a review, or has another version.
    """
    file = Path(path).absolute()
    _make_folder(file)
    with explained(path):
        connection = sqlite3.connect(
            file, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            _prepare(connection, file)
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def explained(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn SQLite's errors about the file at `path` into a Problem."""
    try:
        yield
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorname", "") in ("SQLITE_NOTADB", "SQLITE_CORRUPT"):
            raise _not_ours(Path(path)) from error
        raise Problem(
            f"The decisions in {path} cannot be used ({error}); check the file, its folder and"
            " the free space there."
        ) from error


def _make_folder(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(
            f"Cannot make the folder of {file} ({error.strerror}); check the path and its"
            " permissions."
        ) from error


def _prepare(connection: sqlite3.Connection, file: Path) -> None:
    if _is_new(connection):
        log_ahead(connection, file, BUSY_SECONDS)
        connection.execute("BEGIN IMMEDIATE")
        # Another process may have been quicker.
        if _is_new(connection):
            connection.execute(_TABLE)
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    if _header(connection, "application_id") != APPLICATION:
        raise _not_ours(file)
    if (version := _header(connection, "user_version")) != VERSION:
        raise Problem(
            f"The decisions in {file} have the version {version}, but this program reads version"
            f" {VERSION}; use the program that made them, or name another file."
        )
    connection.execute("PRAGMA synchronous = FULL")


def _is_new(connection: sqlite3.Connection) -> bool:
    tables = connection.execute("SELECT COUNT(*) FROM sqlite_schema").fetchone()[0]
    return not tables and not _header(connection, "application_id")


def _header(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _not_ours(file: Path) -> Problem:
    return Problem(
        f"{file} is not a database of review decisions; name another file, or move this one away."
    )
