"""The response store: every reply of a remote model, kept from the moment it arrives.

A request is known by the SHA-256 of what would be sent, so the same request is answered from the
file and never paid for twice. A reply is one committed row: a killed process loses only what was
under way. Several threads and processes may use the same file: each claims a request
before it sends it, so that no other sends it, and so that all know what money is committed.
"""

import sqlite3
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from spuriverse.models.remote.processes import is_alive, this_process
from spuriverse.models.remote.store_tables import TABLES
from spuriverse.problems import Problem
from spuriverse.tables import log_ahead

SECONDS_TO_WAIT = 60.0
"""How long a writer waits for the others."""

REMEMBERED = timedelta(days=30)
"""A server may learn to take what it refused, so it is asked again after so long."""

_GET = (
    "SELECT text, finish_reason, prompt_tokens, completion_tokens, seconds, usd, served_model"
    " FROM replies WHERE request_sha256 = ?"
)
_PUT = (
    "INSERT OR IGNORE INTO replies (request_sha256, text, finish_reason, prompt_tokens,"
    " completion_tokens, seconds, usd, served_model, model, arrived)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_SPEND = (
    "INSERT INTO spending VALUES (?1, 1, ?2, ?3, ?4, ?4) ON CONFLICT (model) DO UPDATE SET"
    " requests = requests + 1, prompt_tokens = prompt_tokens + ?2,"
    " completion_tokens = completion_tokens + ?3, usd = usd + ?4,"
    " highest_usd = MAX(highest_usd, ?4)"
)
_SPENDING = (
    "SELECT model, requests, prompt_tokens, completion_tokens, usd, highest_usd FROM spending"
    " ORDER BY model"
)


@dataclass(frozen=True)
class Reply:
    """What a model answered to one request.

    Attributes:
        text: The reply as it came.
        finish_reason: Why the model stopped, in the server's word: `stop`, `length`, ...
        prompt_tokens: Tokens of the request, 0 if the server does not say.
        completion_tokens: Tokens of the reply, 0 if the server does not say.
        seconds: From the request to the reply, waiting for further tries included.
        usd: What it cost; None if the model's prices are unknown.
        served_model: What the server says has answered, such as the version behind an alias.
    """

    text: str
    finish_reason: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    usd: float | None = None
    served_model: str = ""


@dataclass(frozen=True)
class Spending:
    """What one model has cost so far.

    Attributes:
        model: What the server calls it.
        requests: Requests that were paid for.
        prompt_tokens: Tokens sent.
        completion_tokens: Tokens replied.
        usd: Sum of the requests whose price is known.
        highest_usd: The most that one of them cost.
    """

    model: str
    requests: int
    prompt_tokens: int
    completion_tokens: int
    usd: float
    highest_usd: float


class BudgetReached(Exception):
    """What is spent leaves too little money for a request.

    Attributes:
        spent: What is spent, in USD.
    """

    def __init__(self, spent: float) -> None:
        super().__init__(spent)
        self.spent = spent


class ResponseStore:
    """Replies in a SQLite file, one committed row each, by the key of their request.

    Attributes:
        path: The file.
    """

    def __init__(self, path: str | Path) -> None:
        """Open the file, or make it and its folder.

        Args:
            path: Where the file is or will be.

        Raises:
            Problem: The file is no response store, or cannot be written.
        """
        self.path = Path(path)
        self._lock = threading.Lock()
        self._owner = uuid.uuid4().hex
        with self._explained():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                self.path, timeout=SECONDS_TO_WAIT, isolation_level=None, check_same_thread=False
            )
            log_ahead(self._connection, self.path, SECONDS_TO_WAIT)
            self._refuse_other_databases()
        with self._transaction() as database:
            for table in TABLES:
                database.execute(table)

    def get(self, key: str) -> Reply | None:
        """Return the reply to the request `key`, or None if none has arrived yet.

        Raises:
            Problem: The file cannot be read.
        """
        with self._explained(), self._lock:
            row = self._connection.execute(_GET, (key,)).fetchone()
        return None if row is None else Reply(*row)

    def put(self, key: str, reply: Reply, model: str) -> Reply:
        """Keep a reply; when this returns, it is on the disk and its claim is given back.

        Args:
            key: The key of the request.
            reply: What arrived.
            model: What the server calls the model, for a person who opens the file.

        Returns:
            The reply that is kept: the one of another process, if that was first.

        Raises:
            Problem: The file cannot be written.
        """
        with self._transaction() as database:
            database.execute(_PUT, (key, *astuple(reply), model, _now()))
            self._spend(model, reply.prompt_tokens, reply.completion_tokens, reply.usd)
            self._give_back(key)
            row = database.execute(_GET, (key,)).fetchone()
        return Reply(*row)

    def fail(self, key: str, reason: str, model: str) -> None:
        """Keep that a request failed, and why, and give its claim back.

        Raises:
            Problem: The file cannot be written.
        """
        with self._transaction() as database:
            database.execute(
                "INSERT INTO failures VALUES (?, ?, ?, ?)", (key, reason, model, _now())
            )
            self._give_back(key)

    def void(self, key: str, reason: str, model: str) -> None:
        """Take a reply out that is of no use, and keep why; what it cost stays spent.

        Raises:
            Problem: The file cannot be written.
        """
        with self._transaction() as database:
            database.execute("DELETE FROM replies WHERE request_sha256 = ?", (key,))
            database.execute(
                "INSERT INTO failures VALUES (?, ?, ?, ?)", (key, reason, model, _now())
            )

    def failures(self) -> dict[str, str]:
        """Return, for each request without a reply, why it failed the last time.

        Raises:
            Problem: The file cannot be read.
        """
        rows = self.select(
            "SELECT request_sha256, reason FROM failures WHERE request_sha256 NOT IN"
            " (SELECT request_sha256 FROM replies) ORDER BY rowid"
        )
        return dict(rows)

    def select(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query that changes nothing.

        Args:
            query: SQL, with a question mark for each of `values`.
            values: The values for the question marks.

        Raises:
            Problem: The file cannot be read.
        """
        with self._explained(), self._lock:
            return self._connection.execute(query, values).fetchall()

    # --- what servers do not take ---------------------------------------------------------------

    def note_refused(self, model: str, base_url: str, parameter: str) -> None:
        """Keep that the server does not take a parameter for a model.

        Raises:
            Problem: The file cannot be written.
        """
        with self._transaction() as database:
            database.execute(
                "INSERT OR REPLACE INTO refused_parameters VALUES (?, ?, ?, ?)",
                (model, base_url, parameter, _now()),
            )

    def refused_parameters(self, model: str, base_url: str) -> set[str]:
        """Return the parameters that the server has not taken for a model in the last 30 days.

        Raises:
            Problem: The file cannot be read.
        """
        since = (datetime.now(UTC) - REMEMBERED).isoformat(timespec="seconds")
        rows = self.select(
            "SELECT parameter FROM refused_parameters"
            " WHERE model = ? AND base_url = ? AND refused > ?",
            model,
            base_url,
            since,
        )
        return {parameter for (parameter,) in rows}

    # --- claims of requests -------------------------------------------------------------------

    def claim(self, key: str, *, usd: float = 0.0, most: float | None = None) -> bool:
        """Claim a request before it is sent.

        Args:
            key: The key of the request.
            usd: What it may cost.
            most: What all requests in the file together may cost; None for no limit.

        Returns:
            True if the caller may send it, and must `put`, `fail` or `release` it then. False if
            its reply has arrived, if somebody else is sending it, or if others that are under way
            may use the money up: look for the reply, and claim it again a little later.

        Raises:
            BudgetReached: What is spent already leaves too little money for it.
            Problem: The file cannot be written.
        """
        with self._transaction() as database:
            if database.execute(_GET, (key,)).fetchone() is not None:
                return False
            under_way = self._drop_dead_claims()
            if key in under_way:
                return False
            if most is not None:
                spent = self._spent()
                if spent + usd > most:
                    raise BudgetReached(spent)
                if spent + sum(under_way.values()) + usd > most:
                    return False
            process, born = this_process()
            database.execute(
                "INSERT INTO claims VALUES (?, ?, ?, ?, ?)", (key, self._owner, process, born, usd)
            )
            return True

    def release(self, key: str) -> None:
        """Give a claim back without a reply.

        Raises:
            Problem: The file cannot be written.
        """
        with self._transaction():
            self._give_back(key)

    # --- money --------------------------------------------------------------------------------

    def charge(self, model: str, tokens_in: int, tokens_out: int, usd: float | None) -> None:
        """Keep what a try cost that brought no reply.

        Raises:
            Problem: The file cannot be written.
        """
        with self._transaction():
            self._spend(model, tokens_in, tokens_out, usd)

    def spending(self) -> list[Spending]:
        """Return what each model has cost so far, by name.

        Raises:
            Problem: The file cannot be read.
        """
        return [Spending(*row) for row in self.select(_SPENDING)]

    def spent(self) -> float:
        """Return what all models together have cost so far, in USD.

        Raises:
            Problem: The file cannot be read.
        """
        with self._explained(), self._lock:
            return self._spent()

    def close(self) -> None:
        """Close the file; nothing needs to be saved."""
        self._connection.close()

    def _refuse_other_databases(self) -> None:
        names = self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        tables = {name for (name,) in names}
        if tables and "replies" not in tables:
            raise Problem(
                f"{self.path} is a database of something else, with the tables"
                f" {', '.join(sorted(tables))}; give the response store a file of its own."
            )

    def _drop_dead_claims(self) -> dict[str, float]:
        """Return what each request that is under way may cost; killed processes send nothing."""
        rows = self._connection.execute(
            "SELECT request_sha256, process, process_born, usd FROM claims"
        ).fetchall()
        alive = {process: is_alive(*process) for process in {row[1:3] for row in rows}}
        for process, born in (process for process, lives in alive.items() if not lives):
            self._connection.execute(
                "DELETE FROM claims WHERE process = ? AND process_born = ?", (process, born)
            )
        return {key: usd for key, process, born, usd in rows if alive[process, born]}

    def _give_back(self, key: str) -> None:
        self._connection.execute(
            "DELETE FROM claims WHERE request_sha256 = ? AND owner = ?", (key, self._owner)
        )

    def _spend(self, model: str, tokens_in: int, tokens_out: int, usd: float | None) -> None:
        self._connection.execute(_SPEND, (model, tokens_in, tokens_out, usd or 0.0))

    def _spent(self) -> float:
        return float(self._connection.execute("SELECT TOTAL(usd) FROM spending").fetchone()[0])

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """All of it is on the disk afterwards, or nothing."""
        with self._explained(), self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise Problem(
                f"The response store {self.path} cannot be used ({error}); check its folder and"
                " permissions, or move the file away to begin a new one."
            ) from error


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
