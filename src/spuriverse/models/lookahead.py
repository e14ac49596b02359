"""Do the next piece of work while the one before is used."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")


def one_ahead(make: Callable[[Item], Made], items: Iterable[Item]) -> Iterator[Made]:
    """Yield `make(item)` of every item, in order; the next is made in another thread meanwhile.

    No more than two are held at a time.

    Args:
        make: Makes something of an item; what it raises is raised where its result is due.
        items: The items.
    """
    with ThreadPoolExecutor(max_workers=1) as pool:
        pending: Future[Made] | None = None
        for item in items:
            coming = pool.submit(make, item)
            if pending is not None:
                yield pending.result()
            pending = coming
        if pending is not None:
            yield pending.result()
