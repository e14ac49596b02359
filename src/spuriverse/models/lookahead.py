"""Do the next piece of work while the one before is used."""

import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")

_PATIENCE = 1e-4


@contextmanager
def _giving_way() -> Iterator[None]:
    """Let Python's threads take turns every tenth of a millisecond, not every five.

    A forward pass asks for its turn again after each of its many short operations, and may wait as
    long as that each time while the other thread runs Python.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(min(before, _PATIENCE))
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def one_ahead(make: Callable[[Item], Made], items: Iterable[Item]) -> Iterator[Made]:
    """Yield `make(item)` of every item, in order; the next is made in another thread meanwhile.

    No more than two are held at a time.

    Args:
        make: Makes something of an item; what it raises is raised where its result is due.
        items: The items.
    """
    with _giving_way(), ThreadPoolExecutor(max_workers=1) as pool:
        pending: Future[Made] | None = None
        for item in items:
            coming = pool.submit(make, item)
            if pending is not None:
                yield pending.result()
            pending = coming
        if pending is not None:
            yield pending.result()
