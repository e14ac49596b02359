"""Do many things at once, each in a thread."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar, cast

from spuriverse.progress import progress

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_concurrently(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    workers: int,
    desc: str,
    unit: str = "it",
) -> list[Result]:
    """Apply `function` to every item in several threads, and show the progress.

    Args:
        function: What is done with an item.
        items: The items.
        workers: Threads.
        desc: What it does, in a word or two.
        unit: What an item is.

    Returns:
        The results, in the order of the items.

    Raises:
        Exception: The first exception of `function`. No further item is then begun, and those
            under way are waited for, so that what they have paid for is kept.
    """
    failures: list[Exception] = []

    def work(item: Item) -> Result | None:
        if failures:
            return None
        try:
            return function(item)
        except Exception as failure:
            failures.append(failure)
            return None

    pool = ThreadPoolExecutor(workers)
    try:
        futures = [pool.submit(work, item) for item in items]
        for _ in progress(as_completed(futures), desc, len(futures), unit):
            if failures:
                break
    finally:
        pool.shutdown(cancel_futures=True)
    if failures:
        raise failures[0]
    return [cast(Result, future.result()) for future in futures]
