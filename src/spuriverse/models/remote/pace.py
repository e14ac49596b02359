"""How fast a server is asked: requests in a minute, and pauses it asks for."""

import threading
import time
from collections.abc import Callable

SECONDS_OF_FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0


class Pace:
    """A token bucket that holds one request: every thread waits here before it sends one."""

    def __init__(
        self,
        requests_per_minute: float | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Make a bucket that is full.

        Args:
            requests_per_minute: Most requests begun in any minute; None for no limit.
            clock: Tells the time, in seconds.
            sleep: Lets that many seconds pass.
        """
        self._interval = 60 / requests_per_minute if requests_per_minute else 0.0
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._full_at = clock()

    def wait(self) -> None:
        """Return once a request may be sent; it counts as sent then."""
        while True:
            with self._lock:
                now = self._clock()
                missing = self._full_at - now
                if missing <= 0:
                    self._full_at = now + self._interval
                    return
            self._sleep(missing)

    def pause(self, seconds: float) -> None:
        """Let no thread send a request for so long."""
        with self._lock:
            self._full_at = max(self._full_at, self._clock() + seconds)


def backoff(tries: int, chance: float) -> float:
    """Return how long to wait after so many tries that failed: twice as long after each.

    Args:
        tries: Tries so far, from 1.
        chance: From 0 to 1; shortens the pause by up to a quarter, so that the threads that a
            server turned away together do not come back together.

    Returns:
        Seconds.
    """
    pause = min(LONGEST_PAUSE, SECONDS_OF_FIRST_PAUSE * 2.0 ** min(tries - 1, 30))
    return pause * (1 - chance / 4)
