"""Which process holds a claim, and whether it is still alive."""

import os

SECONDS_BETWEEN_NAMESAKES = 0.5
"""Start times further apart than this belong to two processes that had the same number."""


def this_process() -> tuple[int, float]:
    """Return the number of this process and when it started, in seconds since 1970."""
    import psutil

    return os.getpid(), psutil.Process().create_time()


def is_alive(process: int, born: float) -> bool:
    """Return whether a process still runs, and is not a later one with the same number.

    Args:
        process: Its number.
        born: When it started, in seconds since 1970.
    """
    import psutil

    try:
        found = psutil.Process(process)
        namesake = abs(found.create_time() - born) > SECONDS_BETWEEN_NAMESAKES
        # A killed process is a zombie until its parent takes notice.
        return not namesake and found.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
