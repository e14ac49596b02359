"""SQLite files that several programs write at once, a committed row at a time."""

import sqlite3
import time
from pathlib import Path

from spuriverse.problems import Problem

_PAUSE = 0.01


def log_ahead(connection: sqlite3.Connection, file: Path, patience: float) -> None:
    """Change the journal of a database to WAL, and let a commit return once it is on the disk.

    SQLite does not wait by itself for others who make the same change, so it is tried again.

    Args:
        connection: To the database.
        file: Its file, for the message.
        patience: How long it is tried, in seconds.

    Raises:
        Problem: The file system cannot keep such a file.
        sqlite3.OperationalError: Others held the file all the time, or it cannot be written.
    """
    give_up = time.monotonic() + patience
    while True:
        try:
            mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            break
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > give_up:
                raise
            time.sleep(_PAUSE)
    if mode != "wal":
        raise Problem(
            f"The file system of {file} cannot keep a database that several programs write; put"
            " the file on a local disk."
        )
    connection.execute("PRAGMA synchronous = FULL")
