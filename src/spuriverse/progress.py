"""Progress of long loops: a bar on a terminal, and plain lines with an estimate elsewhere."""

import logging
import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")

log = logging.getLogger(__name__)

SECONDS_BETWEEN_LINES = 10.0
"""In a log file."""

SECONDS_BETWEEN_TOLD = 60.0
"""On standard error, unless it is a terminal, where a bar is drawn."""

TOLD = "told"
"""An attribute of log records: people who watch the run should see them, too."""


class Progress:
    """Tells in plain lines how far a loop has come, every ten seconds in a log.

    One line per minute goes to standard error, too, where that is no terminal with a bar.

    Args:
        desc: What the loop does, in a word or two.
        total: How many items there are, or None if that is not known beforehand.
        unit: What an item is.
    """

    def __init__(self, desc: str, total: int | None, unit: str = "it") -> None:
        self._desc, self._total, self._unit = desc, total, unit
        self._started = self._logged = self._told = time.monotonic()

    def report(self, done: int) -> None:
        """Say that so many items are done, if the last line is old enough."""
        now = time.monotonic()
        if now - self._logged < SECONDS_BETWEEN_LINES:
            return
        self._logged = now
        tells = not sys.stderr.isatty() and now - self._told >= SECONDS_BETWEEN_TOLD
        self._told = now if tells else self._told
        log.info("%s", self._line(done, now - self._started), extra={TOLD: tells})

    def _line(self, done: int, seconds: float) -> str:
        if self._total is None:
            return f"{self._desc}: {done} {self._unit}"
        left = seconds / done * (self._total - done)
        return f"{self._desc}: {done} of {self._total} {self._unit}, about {left:.0f} s left"


def progress(
    items: Iterable[Item], desc: str, total: int | None, unit: str = "it"
) -> Iterator[Item]:
    """Yield the items and tell how far the loop has come and how long it will take.

    Args:
        items: What the loop runs over.
        desc: What it does, in a word or two.
        total: How many items there are, or None if that is not known beforehand.
        unit: What an item is.
    """
    from tqdm import tqdm

    told = Progress(desc, total, unit)
    bar = tqdm(items, desc=desc, total=total, unit=unit, disable=not sys.stderr.isatty())
    for done, item in enumerate(bar, start=1):
        yield item
        told.report(done)
