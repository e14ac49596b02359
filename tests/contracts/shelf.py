"""A server of one file that fails in the ways in which servers of files do."""

import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path

from werkzeug import Request, Response

SETTING = "benchmarks.aokvqa.source"
CONTENT = bytes(range(256)) * 10_000


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Shelf:
    """A server of one file.

    Attributes:
        content: The file.
        ranges: Whether it can go on in the middle.
        statuses: What the next requests get instead of the file.
        cut_after: Bytes after which the next answers end, although more was promised.
        stall_after: Bytes after which an answer waits for `released`.
        asked: The Range of every request.
    """

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.ranges = True
        self.statuses: list[int] = []
        self.cut_after: list[int] = []
        self.stall_after: int | None = None
        self.released = threading.Event()
        self.asked: list[str | None] = []

    def __call__(self, request: Request) -> Response:
        asked = request.headers.get("Range")
        self.asked.append(asked)
        if self.statuses:
            return Response("no", status=self.statuses.pop(0))
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and self.ranges else 0
        if start and start >= len(self.content):
            return Response(status=416)
        rest = self.content[start:]
        headers = {"Content-Length": str(len(rest))}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(self.content) - 1}/{len(self.content)}"
        return Response(self._send(rest), status=206 if start else 200, headers=headers)

    def _send(self, rest: bytes) -> Iterator[bytes]:
        if self.cut_after:
            rest = rest[: self.cut_after.pop(0)]
        if self.stall_after is None:
            yield rest
            return
        yield rest[: self.stall_after]
        self.released.wait(60)
        yield rest[self.stall_after :]


def part_of(target: Path) -> Path:
    return target.with_name(f"{target.name}.part")
