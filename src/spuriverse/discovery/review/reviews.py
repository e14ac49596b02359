"""The store of what reviewers do: one committed row per act, none ever deleted."""

import os
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from spuriverse.discovery.review.acts import (
    ACT_ID_DIGITS,
    checked,
    read_acts,
    reviewer_name,
    time_text,
    write_acts,
)
from spuriverse.discovery.review.decisions import FIELDS, STANDING, Act, explained, open_database
from spuriverse.problems import Problem

_COLUMNS = ", ".join(FIELDS)
_INSERT = f"INSERT INTO acts ({_COLUMNS}) VALUES ({', '.join('?' * len(FIELDS))})"


class ReviewStore:
    """The acts of all reviewers in one SQLite file, which several processes may write at once.

    An act is on the disk when `record` or `undo` returns; a process that is killed loses at most
    the act that it was about to record. Use it as a context manager, or close it.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Open the file at `path`, or make it with its folder.

        Raises:
            Problem: The file is not a database of review decisions, or has another version.
        """
        self._path = Path(path)
        self._connection = open_database(path)

    def __enter__(self) -> "ReviewStore":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def record(
        self,
        candidate_id: str,
        reviewer: str,
        act: str,
        *,
        attribute: str = "",
        spurious_description: str = "",
        core_description: str = "",
        note: str = "",
        resolves: bool = False,
    ) -> str:
        """Record one act and return its id.

        Args:
            candidate_id: The candidate it is about.
            reviewer: Who did it.
            act: One of accept, reject and skip.
            attribute: The attribute as the reviewer left it, kind:value.
            spurious_description: The scene with the attribute, as the reviewer left it.
            core_description: The scene without it.
            note: What the reviewer wants to say.
            resolves: Whether it settles a disagreement of others.

        Raises:
            Problem: The act is not allowed, such as accepting without an attribute; nothing is
                recorded then.
        """
        new = checked(
            Act(
                act_id=secrets.token_hex(ACT_ID_DIGITS // 2),
                made="",
                candidate_id=candidate_id,
                reviewer=reviewer,
                act=act,
                attribute=attribute,
                spurious_description=spurious_description,
                core_description=core_description,
                note=note,
                resolves=resolves,
                undone=False,
            )
        )
        with self._transaction() as connection:
            connection.execute(_INSERT, astuple(replace(new, made=_now(connection))))
        return new.act_id

    def undo(self, reviewer: str) -> str | None:
        """Take back the reviewer's last act that still stands.

        Returns:
            The candidate it was about, or None if there is nothing to take back.
        """
        with self._transaction() as connection:
            last = connection.execute(
                "SELECT act_id, candidate_id FROM acts WHERE reviewer = ? AND undone = 0"
                " ORDER BY made DESC, act_id DESC LIMIT 1",
                (reviewer_name(reviewer),),
            ).fetchone()
            if last is None:
                return None
            connection.execute("UPDATE acts SET undone = 1 WHERE act_id = ?", (last[0],))
        return str(last[1])

    def history(self) -> pd.DataFrame:
        """Return every act in the order made, undone ones included; one column per `Act` field."""
        return self._frame("SELECT * FROM acts")

    def decisions(self) -> pd.DataFrame:
        """Return what stands: the last act of every reviewer about every candidate.

        A skip stands only where the same reviewer has decided nothing. A resolution stands beside
        the judgement that the same reviewer gave before.

        Returns:
            The columns of `history`, in the order made.
        """
        return self._frame(STANDING)

    def csv_text(self) -> str:
        """Return every act as the text of a CSV file."""
        return write_acts(_act(row) for row in self._rows("SELECT * FROM acts"))

    def import_bytes(self, contents: bytes, source: str) -> int:
        """Take over the acts of a CSV file: all of them, or none if one is wrong.

        Args:
            contents: What the file holds.
            source: Its name, for messages.

        Returns:
            How many acts were new or newly undone.

        Raises:
            Problem: The contents are not UTF-8, a column or a row is wrong, or a row contradicts
                an act that is recorded already.
        """
        try:
            acts = read_acts(contents.decode("utf-8"), source)
        except UnicodeDecodeError as error:
            raise Problem(f"{source} is not in UTF-8; save it as CSV in UTF-8.") from error
        with self._transaction() as connection:
            return sum(_merge(connection, act, source) for act in acts)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Hold the right to write from the first read to the commit."""
        with explained(self._path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _rows(self, query: str) -> list[tuple[str | int, ...]]:
        with explained(self._path):
            return self._connection.execute(
                f"SELECT {_COLUMNS} FROM ({query}) ORDER BY made, act_id"
            ).fetchall()

    def _frame(self, query: str) -> pd.DataFrame:
        frame = pd.DataFrame(self._rows(query), columns=list(FIELDS))
        texts = dict.fromkeys(FIELDS[:-2], "str")
        return frame.astype({**texts, "resolves": bool, "undone": bool})


def _now(connection: sqlite3.Connection) -> str:
    """Return the time, or a moment after the last act if the clock was set back since."""
    now = datetime.now(UTC)
    last = connection.execute("SELECT MAX(made) FROM acts").fetchone()[0]
    if last is not None:
        now = max(now, datetime.fromisoformat(last) + timedelta(microseconds=1))
    return time_text(now)


def _act(row: Sequence[str | int]) -> Act:
    values: dict[str, Any] = dict(zip(FIELDS, row, strict=True))
    return Act(**values | {name: bool(values[name]) for name in FIELDS[-2:]})


def _merge(connection: sqlite3.Connection, act: Act, source: str) -> int:
    """Add an act of another store, or take over that it was undone; say whether that is news."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM acts WHERE act_id = ?", (act.act_id,)
    ).fetchone()
    if row is None:
        made = act.made or _now(connection)
        connection.execute(_INSERT, astuple(replace(act, made=made)))
        return 1
    known = _act(row)
    if replace(act, made=act.made or known.made, undone=known.undone) != known:
        raise Problem(
            f"{source} changes the act {act.act_id} about {known.candidate_id}, which is recorded"
            " already; empty its cells act_id and made to import it as a new one."
        )
    if known.undone or not act.undone:
        return 0
    connection.execute("UPDATE acts SET undone = 1 WHERE act_id = ?", (act.act_id,))
    return 1
