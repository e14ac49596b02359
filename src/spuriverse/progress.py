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
"""On standard error, where it is no terminal on which a bar is drawn."""

TOLD = "told"
"""An attribute of log records: whoever watches the run shall see them, too."""


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

    on_terminal = sys.stderr.isatty()
    bar = tqdm(items, desc=desc, total=total, unit=unit, disable=not on_terminal)
    started = said = told = time.monotonic()
    for done, item in enumerate(bar, start=1):
        yield item
        now = time.monotonic()
        if now - said < SECONDS_BETWEEN_LINES:
            continue
        said = now
        tells = not on_terminal and now - told >= SECONDS_BETWEEN_TOLD
        told = now if tells else told
        log.info("%s", _line(desc, done, total, unit, now - started), extra={TOLD: tells})


def _line(desc: str, done: int, total: int | None, unit: str, seconds: float) -> str:
    if total is None:
        return f"{desc}: {done} {unit}"
    left = seconds / done * (total - done)
    return f"{desc}: {done} of {total} {unit}, about {left:.0f} s left"
