"""The response store: every reply of a remote model, kept from the moment it arrives.

A request is known by the SHA-256 of what would be sent, so the same request is answered from the
file and never paid for twice. A reply is one committed row: a killed process loses only what was
under way. Several threads and processes may use the same file.
"""

import base64
import binascii
import hashlib
import json
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from spuriverse.problems import Problem
from spuriverse.tables import content_sha256

SECONDS_TO_WAIT = 60.0
"""How long a writer waits for the others."""

_CREATE = """
CREATE TABLE IF NOT EXISTS replies (
    request_sha256 TEXT PRIMARY KEY,
    text TEXT NOT NULL,
    finish_reason TEXT NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    seconds REAL NOT NULL,
    model TEXT NOT NULL,
    arrived TEXT NOT NULL
) WITHOUT ROWID
"""
_GET = (
    "SELECT text, finish_reason, prompt_tokens, completion_tokens, seconds"
    " FROM replies WHERE request_sha256 = ?"
)
_PUT = "INSERT OR IGNORE INTO replies VALUES (?, ?, ?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True)
class Reply:
    """What a model answered to one request.

    Attributes:
        text: The reply as it came.
        finish_reason: Why the model stopped, in the server's word: `stop`, `length`, ...
        prompt_tokens: Tokens of the request, 0 if the server does not say.
        completion_tokens: Tokens of the reply, 0 if the server does not say.
        seconds: From the request to the reply, waiting for further tries included.
    """

    text: str
    finish_reason: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0


def request_sha256(request: Mapping[str, Any]) -> str:
    """Return the key of a request.

    Args:
        request: Everything the reply depends on (model, address, messages, decoding parameters,
            schema), as JSON values. The API key must not be among it.

    Returns:
        The SHA-256 of its canonical JSON, in which the SHA-256 of its bytes stands for every image.
    """
    plain = json.dumps(_without_images(request), sort_keys=True, separators=(",", ":"))
    return content_sha256(plain)


class ResponseStore:
    """Replies in a SQLite file, one committed row each, by the key of their request.

    Attributes:
        path: The file.
    """

    def __init__(self, path: str | Path) -> None:
        """Open the file, or make it and its folder.

        Args:
            path: Where the file is or shall be.

        Raises:
            Problem: The file is no response store, or cannot be written.
        """
        self.path = Path(path)
        self._lock = threading.Lock()
        with self._explained():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                self.path, timeout=SECONDS_TO_WAIT, isolation_level=None, check_same_thread=False
            )
            self._use_wal()
            self._refuse_other_databases()
            self._connection.execute(_CREATE)

    def get(self, key: str) -> Reply | None:
        """Return the reply to the request `key`, or None if none has arrived yet.

        Raises:
            Problem: The file cannot be read.
        """
        with self._explained(), self._lock:
            row = self._connection.execute(_GET, (key,)).fetchone()
        return None if row is None else Reply(*row)

    def put(self, key: str, reply: Reply, model: str) -> Reply:
        """Keep a reply; when this returns, it is on the disk.

        Args:
            key: The key of the request.
            reply: What arrived.
            model: What the server calls the model, for a person who opens the file.

        Returns:
            The reply that is kept: the one of another process, if that was first.

        Raises:
            Problem: The file cannot be written.
        """
        arrived = datetime.now(UTC).isoformat(timespec="seconds")
        with self._explained(), self._lock:
            self._connection.execute(_PUT, (key, *astuple(reply), model, arrived))
            row = self._connection.execute(_GET, (key,)).fetchone()
        return Reply(*row)

    def close(self) -> None:
        """Close the file; nothing needs to be saved."""
        self._connection.close()

    def _use_wal(self) -> None:
        """Let readers and a writer work at once.

        SQLite does not wait for its turn at this switch, unlike anywhere else.
        """
        until = time.monotonic() + SECONDS_TO_WAIT
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode=WAL")
                break
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > until:
                    raise
                time.sleep(0.05)
        self._connection.execute("PRAGMA synchronous=FULL")

    def _refuse_other_databases(self) -> None:
        names = self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        tables = {name for (name,) in names}
        if tables and "replies" not in tables:
            raise Problem(
                f"{self.path} is a database of something else, with the tables"
                f" {', '.join(sorted(tables))}; give the response store a file of its own."
            )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise Problem(
                f"The response store {self.path} cannot be used ({error}); check its folder and"
                " permissions, or move the file away to begin a new one."
            ) from error


def _without_images(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _without_images(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_without_images(entry) for entry in value]
    if isinstance(value, str) and value.startswith("data:image/"):
        return _image_digest(value)
    return value


def _image_digest(url: str) -> str:
    """A text that merely looks like an image keeps every character that tells it apart."""
    try:
        content = base64.b64decode(url.partition(";base64,")[2], validate=True)
    except binascii.Error:
        return url
    return f"sha256:{hashlib.sha256(content).hexdigest()}" if content else url
