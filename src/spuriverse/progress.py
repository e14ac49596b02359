"""Progress of long loops: a bar on a terminal, plain lines with an estimate in a log file."""

import logging
import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")

log = logging.getLogger(__name__)

SECONDS_BETWEEN_LINES = 10.0


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

    bar = tqdm(items, desc=desc, total=total, unit=unit, disable=not sys.stderr.isatty())
    started = said = time.monotonic()
    for done, item in enumerate(bar, start=1):
        yield item
        now = time.monotonic()
        if now - said >= SECONDS_BETWEEN_LINES:
            said = now
            if total is None:
                log.info("%s: %d %s", desc, done, unit)
                continue
            left = (now - started) / done * (total - done)
            log.info("%s: %d of %d %s, about %.0f s left", desc, done, total, unit, left)
