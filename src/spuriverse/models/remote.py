"""Models behind an OpenAI-compatible interface: Chat Completions, images as data URLs.

Every reply goes through the response store. What concerns one request alone is a `RequestFailed`;
what would meet every request (a refused key, an unknown model, a dead server) is any other
`Problem`.
"""

import json
import logging
import os
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlsplit

from spuriverse.models.chat import Message, with_postscript
from spuriverse.models.store import Reply, ResponseStore, request_sha256
from spuriverse.problems import Problem
from spuriverse.progress import progress

if TYPE_CHECKING:
    import openai

Item = TypeVar("Item")
Result = TypeVar("Result")

log = logging.getLogger(__name__)

SECONDS_TO_CONNECT = 10.0
"""A server that does not even accept a connection by then is taken for dead."""

SCHEMA_IN_WORDS = "Reply with one JSON object and nothing else. It must fit this JSON schema:\n"

_REFUSABLE = {
    "response_format": "is told the JSON schema in the prompt",
    "temperature": "samples as the server does by default",
    "max_tokens": "is given max_completion_tokens instead",
}


class RequestFailed(Problem):
    """One request came to nothing, though others may succeed; the message is the reason."""


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


class RemoteModel:
    """A model that a server offers through the OpenAI-compatible interface.

    Attributes:
        name: What the tables call it.
        model: What the server calls it.
        base_url: Address of the server.
        concurrency: Most requests at the same time.
        store: Where the replies are kept.
    """

    def __init__(
        self,
        name: str,
        *,
        model: str,
        base_url: str,
        api_key_env: str | None,
        store: ResponseStore | str | Path,
        timeout: float = 120.0,
        retries: int = 5,
        max_tokens: int = 1024,
        concurrency: int = 8,
    ) -> None:
        """Prepare a model; nothing is sent yet.

        Args:
            name: What the tables call it.
            model: What the server calls it.
            base_url: Address of the server, such as `https://api.openai.com/v1`.
            api_key_env: Name of the environment variable with the key; None for a server without.
            store: Where the replies are kept, or the path of that file.
            timeout: Patience with one try of a request, in seconds.
            retries: Further tries after a rate limit, a server error, a time-out or a broken
                connection, each after twice the time or after what the server asks for.
            max_tokens: Longest reply, in tokens.
            concurrency: Most requests at the same time.

        Raises:
            Problem: The address holds a user name or a password, or the store cannot be used.
        """
        if "@" in urlsplit(base_url).netloc:
            raise Problem(
                f"The base_url of model {name} holds a user name or a password; put the key into"
                " an environment variable and its name into api_key_env."
            )
        self.name = name
        self.model = model
        self.base_url = base_url.rstrip("/")
        self.concurrency = concurrency
        self.store = store if isinstance(store, ResponseStore) else ResponseStore(store)
        self._api_key_env = api_key_env
        self._timeout = timeout
        self._retries = retries
        self._max_tokens = max_tokens
        self._refused: set[str] = set()
        self._client_: openai.OpenAI | None = None
        self._lock = threading.Lock()
        self._asking: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def complete(
        self,
        messages: Sequence[Message],
        *,
        json_schema: Mapping[str, Any] | None = None,
        temperature: float = 0,
    ) -> str:
        """Return the text of the model's reply; see `reply`."""
        return self.reply(messages, json_schema=json_schema, temperature=temperature).text

    def reply(
        self,
        messages: Sequence[Message],
        *,
        json_schema: Mapping[str, Any] | None = None,
        temperature: float = 0,
    ) -> Reply:
        """Return the model's reply to a chat, from the store if it was asked before.

        Args:
            messages: The chat as Chat Completions takes it; images as `image_part` gives them.
            json_schema: The form the reply shall have. A server that does not take schemas is
                told it in the prompt instead; whether the reply fits is for the caller to see.
            temperature: Of the sampling; 0 is greedy.

        Raises:
            RequestFailed: This request came to nothing, after all tries.
            Problem: No request can succeed: the key is missing or refused, the server does not
                know the model or cannot be reached, the quota is used up, or the store is broken.
        """
        # The key describes what is asked, not how the server had to be asked.
        asked = {
            "model": self.model,
            "base_url": self.base_url,
            "messages": list(messages),
            "temperature": float(temperature),
            "max_tokens": self._max_tokens,
            "json_schema": json_schema,
        }
        key = request_sha256(asked)
        with self._lock:
            asking = self._asking[key]
        with asking:
            known = self.store.get(key)
            if known is not None:
                return known
            return self.store.put(key, self._ask(messages, json_schema, temperature), self.model)

    def _ask(
        self, messages: Sequence[Message], schema: Mapping[str, Any] | None, temperature: float
    ) -> Reply:
        import openai

        started = time.perf_counter()
        while True:
            refused = set(self._refused)
            request = self._request(messages, schema, temperature, refused)
            try:
                completion = self._client().chat.completions.create(**request)
            except openai.OpenAIError as error:
                parameter = _refused_parameter(error, request)
                if parameter and parameter not in refused:
                    self._ask_without(parameter)
                    continue
                raise self._explained(error) from None
            except ValueError:
                raise self._no_completion() from None
            return self._read(completion, time.perf_counter() - started)

    def _request(
        self,
        messages: Sequence[Message],
        schema: Mapping[str, Any] | None,
        temperature: float,
        refused: set[str],
    ) -> dict[str, Any]:
        limit = "max_completion_tokens" if "max_tokens" in refused else "max_tokens"
        request: dict[str, Any] = {
            "model": self.model,
            "messages": list(messages),
            limit: self._max_tokens,
        }
        if "temperature" not in refused:
            request["temperature"] = temperature
        if schema is not None and "response_format" in refused:
            words = SCHEMA_IN_WORDS + json.dumps(schema, ensure_ascii=False)
            request["messages"] = with_postscript(messages, words)
        elif schema is not None:
            named = {"name": str(schema.get("title", "reply")), "strict": True, "schema": schema}
            request["response_format"] = {"type": "json_schema", "json_schema": named}
        return request

    def _ask_without(self, parameter: str) -> None:
        """Remember what the server does not take, and say so once."""
        with self._lock:
            new = parameter not in self._refused
            self._refused.add(parameter)
        if new:
            log.warning(
                "Model %s at %s does not take %s; from now on it %s.",
                self.name,
                self.base_url,
                parameter,
                _REFUSABLE[parameter],
            )

    def _client(self) -> "openai.OpenAI":
        import openai

        with self._lock:
            if self._client_ is None:
                self._client_ = openai.OpenAI(
                    api_key=self._key() or "none",
                    base_url=self.base_url,
                    timeout=openai.Timeout(
                        self._timeout, connect=min(self._timeout, SECONDS_TO_CONNECT)
                    ),
                    max_retries=self._retries,
                )
            return self._client_

    def _key(self) -> str:
        if self._api_key_env is None:
            return ""
        key = os.environ.get(self._api_key_env, "").strip()
        if not key:
            raise Problem(
                f"Model {self.name} needs a key for {self.base_url}, but the environment variable"
                f" {self._api_key_env} is not set; set it and run again."
            )
        if not (key.isascii() and key.isprintable()):
            raise Problem(
                f"The environment variable {self._api_key_env} holds characters that no key has;"
                " set it to the key alone and run again."
            )
        return key

    def _explained(self, error: "openai.OpenAIError") -> Problem:
        """Say what an error means. What the server wrote may hold part of the key."""
        import openai

        if isinstance(error, openai.APITimeoutError) and not _never_connected(error):
            return RequestFailed(f"no reply within {self._timeout:g} s, {self._retries + 1} times")
        if isinstance(error, openai.APIConnectionError):
            if _never_connected(error):
                return Problem(
                    f"The server of model {self.name} at {self.base_url} cannot be reached; start"
                    " it, or correct base_url."
                )
            return RequestFailed("the connection broke off before the reply was complete")
        if not isinstance(error, openai.APIStatusError):
            return RequestFailed(f"the client gave up ({type(error).__name__})")
        if error.status_code in (401, 403):
            variable = f"the key in {self._api_key_env}" if self._api_key_env else "requests"
            return Problem(
                f"The server at {self.base_url} refuses {variable} for model {self.name} (status"
                f" {error.status_code}); correct the key, or name its variable in api_key_env."
            )
        if error.status_code == 404:
            return Problem(
                f"The server at {self.base_url} has no model {self.model} (status 404); correct"
                f" model or base_url of {self.name}."
            )
        if error.code == "insufficient_quota":
            return Problem(
                f"The quota of model {self.name} at {self.base_url} is used up; raise it and run"
                " again: what has arrived is kept."
            )
        return RequestFailed(
            f"the server answered {error.status_code}: {self._without_key(error.response.text)}"
        )

    def _without_key(self, text: str) -> str:
        key = os.environ.get(self._api_key_env or "", "").strip()
        plain = " ".join(text.split()) or "nothing more"
        return (plain.replace(key, "***") if key else plain)[:300]

    def _read(self, completion: Any, seconds: float) -> Reply:
        """A server may send anything: only what is there is taken."""
        choices = getattr(completion, "choices", None)
        choice = choices[0] if isinstance(choices, list) and choices else None
        message = getattr(choice, "message", None)
        text = getattr(message, "content", None) or getattr(message, "refusal", None) or ""
        if message is None or not isinstance(text, str):
            raise self._no_completion()
        usage = getattr(completion, "usage", None)
        return Reply(
            # A lone surrogate can be neither stored nor hashed.
            text=text.encode("utf-8", "replace").decode("utf-8"),
            finish_reason=str(getattr(choice, "finish_reason", None) or ""),
            prompt_tokens=_count(getattr(usage, "prompt_tokens", None)),
            completion_tokens=_count(getattr(usage, "completion_tokens", None)),
            seconds=seconds,
        )

    def _no_completion(self) -> RequestFailed:
        return RequestFailed(f"what {self.base_url} sent is no chat completion")


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0


def _refused_parameter(error: "openai.OpenAIError", request: Mapping[str, Any]) -> str:
    """Name the parameter that the server does not take; empty if it complains of something else."""
    import openai

    if not isinstance(error, openai.BadRequestError | openai.UnprocessableEntityError):
        return ""
    complaint = error.response.text.lower()
    if "response_format" in request and any(
        word in complaint for word in ("response_format", "json_schema", "structured output")
    ):
        return "response_format"
    # Other servers complain about the values of these two in many words; OpenAI names them.
    return error.param if error.param in ("temperature", "max_tokens") else ""


def _never_connected(error: "openai.OpenAIError") -> bool:
    """The client can work with either of two HTTP libraries, whose exceptions share their names."""
    return type(error.__cause__).__name__ in ("ConnectError", "ConnectTimeout")
