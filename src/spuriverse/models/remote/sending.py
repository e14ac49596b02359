"""Send requests to a server: each once, at its pace, within the budget, again after what may pass.

Every reply goes through the response store. What concerns one request alone is a `RequestFailed`;
what would affect every request (a refused key, an unknown model, a dead server) is any other
`Problem`.
"""

import random
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import tenacity

from spuriverse.models.remote.endpoint import (
    Endpoint,
    RequestFailed,
    is_filtered,
    may_pass,
    pause_asked_for,
)
from spuriverse.models.remote.prices import dollars
from spuriverse.models.remote.store import BudgetReached, Reply, ResponseStore
from spuriverse.problems import Problem

if TYPE_CHECKING:
    import openai

Result = TypeVar("Result")

SECONDS_TO_CONNECT = 10.0
"""A server that does not even accept a connection by then is taken for dead."""

BACKOFF = tenacity.wait_exponential(multiplier=1, max=60)
"""Seconds before each further try: 1, 2, 4, and so on, but no more than a minute."""

LONGEST_PAUSE_ASKED_FOR = 600.0
"""A server that wants to be left alone for longer is left alone until the next run."""

SECONDS_BETWEEN_LOOKS = 0.1
"""How often to check whether another job's request has been answered."""

_KEY_IN_ADDRESS = re.compile(r"[?&][\w-]*(key|token|secret)=", re.IGNORECASE)


class Filtered(RequestFailed):
    """The content filter of the server turned the request down."""


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


class _NoReply(Exception):
    """What arrived is not a reply."""


class Sender:
    """Sends the requests to one model of one server.

    Attributes:
        endpoint: The model and its server.
        store: Where the replies are kept.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        store: ResponseStore | str | Path,
        *,
        retries: int,
        requests_per_minute: float | None = None,
        budget_usd: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Prepare; nothing is sent yet.

        Args:
            endpoint: The model and its server.
            store: Where the replies are kept, or the path of that file.
            retries: Further tries after a rate limit, a server error, a time-out, a broken
                connection or something that is not a reply, each after twice the time or after what
                the server asks for.
            requests_per_minute: Most requests begun in a minute, further tries included.
            budget_usd: Most that all models in the store may have cost together; None for no limit.
            clock: Tells the time in seconds.
            sleep: Lets that many seconds pass.

        Raises:
            Problem: The address holds a user name, a password or a key, or the store cannot be
                used.
        """
        if "@" in urlsplit(endpoint.base_url).netloc or _KEY_IN_ADDRESS.search(endpoint.base_url):
            raise Problem(
                f"The base_url of model {endpoint.name} holds a user name or a password or a key;"
                " put the key into an environment variable and its name into api_key_env."
            )
        self.endpoint = endpoint
        self.store = store if isinstance(store, ResponseStore) else ResponseStore(store)
        self._retries = retries
        self._budget = budget_usd
        self._pace = Pace(requests_per_minute, clock=clock, sleep=sleep)
        self._sleep = sleep
        self._client: openai.OpenAI | None = None
        self._lock = threading.Lock()
        self._asking: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def once(self, key: str, usd_at_most: Callable[[], float], ask: Callable[[], Reply]) -> Reply:
        """Return the reply to a request, which is sent only if the store does not have it.

        Args:
            key: The key of the request.
            usd_at_most: What it may cost, in USD; looked at if there is a budget.
            ask: Sends it; see `send`.

        Raises:
            RequestFailed: As `ask` says; the store keeps the reason.
            Problem: As `ask` says, or the budget is used up, or the store is broken.
        """
        with self._lock:
            asking = self._asking[key]
        with asking:
            known = self._known_or_claimed(key, usd_at_most)
            if known is not None:
                return known
            try:
                reply = ask()
            except RequestFailed as failure:
                self.store.fail(key, str(failure), self.endpoint.model)
                raise
            except BaseException:
                self.store.release(key)
                raise
            return self.store.put(key, reply, self.endpoint.model)

    def send(
        self,
        request: Callable[[], Result | None],
        *,
        expected: str,
        correct: Callable[["openai.OpenAIError"], bool] = lambda _: False,
    ) -> Result:
        """Send a request until it succeeds, as often as may be.

        Args:
            request: Sends it through `client`; None or a ValueError if what arrives is not a reply.
            expected: What a reply is, in words.
            correct: Is given an error and returns whether it changed the request, which is then
                sent again at once.

        Raises:
            Filtered: The content filter of the server turned it down.
            RequestFailed: The request failed after all retries.
            Problem: No request can succeed.
        """
        import openai

        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self._retries + 1),
            retry=tenacity.retry_if_exception(_is_worth_another_try),
            wait=self._pause_before_next_try,
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return retrying(self._try_once, request, correct)
        except openai.OpenAIError as error:
            if is_filtered(error):
                raise Filtered("the content filter of the server turned it down") from None
            raise self.endpoint.explained(error, retrying.statistics["attempt_number"]) from None
        except _NoReply:
            raise self.endpoint.no_reply(expected) from None

    def client(self) -> "openai.OpenAI":
        """Return the client of the server, with its key.

        Raises:
            Problem: The environment variable with the key is not set.
        """
        import openai

        with self._lock:
            if self._client is None:
                patience = self.endpoint.timeout
                self._client = openai.OpenAI(
                    api_key=self.endpoint.key() or "none",
                    base_url=self.endpoint.base_url,
                    timeout=openai.Timeout(patience, connect=min(patience, SECONDS_TO_CONNECT)),
                    # Tries are counted here, so that the pace holds for each of them.
                    max_retries=0,
                )
            return self._client

    def _known_or_claimed(self, key: str, usd_at_most: Callable[[], float]) -> Reply | None:
        """Return the reply that is in the store; None once this caller alone may ask for it."""
        usd: float | None = None
        while True:
            known = self.store.get(key)
            if known is not None:
                return known
            if usd is None:
                usd = usd_at_most() if self._budget is not None else 0.0
            try:
                if self.store.claim(key, usd=usd, most=self._budget):
                    return None
            except BudgetReached as reached:
                raise Problem(
                    f"{dollars(reached.spent)} of the budget_usd of {dollars(self._budget or 0)}"
                    f" are spent, and the next request to model {self.endpoint.name} may cost"
                    f" {dollars(usd)}; raise budget_usd and run again: replies so far are kept"
                    " and cost nothing."
                ) from None
            self._sleep(SECONDS_BETWEEN_LOOKS)

    def _try_once(
        self,
        request: Callable[[], Result | None],
        correct: Callable[["openai.OpenAIError"], bool],
    ) -> Result:
        """Send a request when the pace allows; at once again if it could be corrected."""
        import openai

        while True:
            self._pace.wait()
            try:
                result = request()
            except openai.OpenAIError as error:
                if not correct(error):
                    raise
                continue
            except ValueError:
                raise _NoReply from None
            if result is None:
                raise _NoReply
            return result

    def _pause_before_next_try(self, state: tenacity.RetryCallState) -> float:
        """A server that says how long it wants to be left alone says it to every thread."""
        import openai

        error = state.outcome.exception() if state.outcome else None
        asked_for = pause_asked_for(error) if isinstance(error, openai.OpenAIError) else None
        if asked_for is None:
            # Threads that a server turned away together must not come back together.
            return BACKOFF(state) * random.uniform(0.75, 1)
        if asked_for > LONGEST_PAUSE_ASKED_FOR:
            raise Problem(
                f"The server at {self.endpoint.base_url} accepts no request to model"
                f" {self.endpoint.name} for {asked_for:.0f} s; run again then: replies so"
                " far are kept."
            )
        self._pace.pause(asked_for)
        return 0.0


def _is_worth_another_try(error: BaseException) -> bool:
    import openai

    if isinstance(error, openai.OpenAIError):
        return may_pass(error) and not is_filtered(error)
    return isinstance(error, _NoReply)
