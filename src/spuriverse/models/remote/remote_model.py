"""Models behind an OpenAI-compatible interface: Chat Completions, images as data URLs.

Every reply goes through the response store. What concerns one request alone is a `RequestFailed`;
what would affect every request (a refused key, an unknown model, a dead server) is any other
`Problem`.
"""

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from spuriverse.models.remote.chat import Message, with_postscript
from spuriverse.models.remote.completions import Received, error_within, read_completion
from spuriverse.models.remote.endpoint import (
    CONTENT_FILTER,
    Endpoint,
    RequestFailed,
    is_called_wrong,
    is_filter_reason,
)
from spuriverse.models.remote.parameters import (
    GUIDED,
    guided_by,
    is_guided,
    refused_parameter,
)
from spuriverse.models.remote.prices import Prices, guess_tokens, guess_tokens_of_text
from spuriverse.models.remote.request_keys import chat_sha256
from spuriverse.models.remote.sending import Filtered, Sender
from spuriverse.models.remote.store import Reply, ResponseStore
from spuriverse.problems import Problem

if TYPE_CHECKING:
    import openai

ReplyFormat = Literal["text", "json"]

log = logging.getLogger(__name__)

SCHEMA_IN_WORDS = "Reply with one JSON object and nothing else. It must fit this JSON schema:\n"

EMPTY = "empty"
"""The finish reason of a reply that holds reasoning and nothing else."""

TIMES_MORE_TOKENS = 4
"""What a model gets that was cut while it was still reasoning, once."""

_REFUSABLE = {
    "response_format": "is held to the form by guided decoding, or told it in words",
    GUIDED: "is told the form in words, or asked as in text",
    "temperature": "samples as the server does by default",
    "max_tokens": "is given max_completion_tokens instead",
}


class RemoteModel:
    """A model that a server offers through the OpenAI-compatible interface.

    Attributes:
        name: What the tables call it.
        model: What the server calls it.
        base_url: Address of the server.
        concurrency: Most requests at the same time.
        temperature: Of the sampling when it is evaluated; 0 is greedy.
        reply_format: `text`, or `json` if the server is to allow nothing but a letter.
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
        temperature: float = 0.0,
        requests_per_minute: float | None = None,
        reply_format: ReplyFormat = "text",
        max_completion_tokens: int | None = None,
        extra_body: Mapping[str, Any] | None = None,
        price_in: float | None = None,
        price_out: float | None = None,
        budget_usd: float | None = None,
        address: str | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Prepare a model; nothing is sent yet.

        Args:
            name: What the tables call it.
            model: What the server calls it.
            base_url: Address of the server, such as `https://api.openai.com/v1`.
            api_key_env: Name of the environment variable with the key; None for a server without.
            store: Where the replies are kept, or the path of that file.
            timeout: Patience with one try of a request, in seconds.
            retries: Further tries after a rate limit, a server error, a time-out, a broken
                connection or something that is not a reply, each after twice the time or after what
                the server asks for.
            max_tokens: Longest reply, in tokens.
            concurrency: Most requests at the same time.
            temperature: Of the sampling when it is evaluated; 0 is greedy.
            requests_per_minute: Most requests begun in a minute, further tries included.
            reply_format: How questions are to be answered: in a text, or in JSON whose `answer` is
                one of the letters.
            max_completion_tokens: Longest reply with its reasoning; sent in place of max_tokens.
            extra_body: Further entries of every request, such as `enable_thinking`.
            price_in: USD for a million tokens sent; None if unknown.
            price_out: USD for a million tokens replied; None if unknown.
            budget_usd: Most that all models in the store may have cost together; None for no limit.
            address: Where the server is this time, if its address changes; replies are kept under
                `base_url`, which does not. None if `base_url` is the address.
            clock: Tells the time in seconds.
            sleep: Lets that many seconds pass.

        Raises:
            Problem: The address holds a user name, a password or a key, there is a budget but no
                price, or the store cannot be used.
        """
        self._prices = Prices(price_in, price_out)
        if budget_usd is not None and self._prices.usd(0, 0) is None:
            raise Problem(
                f"Model {name} has no price, so budget_usd cannot be kept; give its price_in and"
                " price_out, 0 if it is free, or set budget_usd to null."
            )
        self.name = name
        self.model = model
        self.base_url = base_url.rstrip("/")
        self.concurrency = concurrency
        self.temperature = temperature
        self._sender = Sender(
            Endpoint(name, model, (address or base_url).rstrip("/"), api_key_env, timeout),
            store,
            retries=retries,
            requests_per_minute=requests_per_minute,
            budget_usd=budget_usd,
            clock=clock,
            sleep=sleep,
        )
        self.store = self._sender.store
        self.reply_format = reply_format
        self._limit = "max_completion_tokens" if max_completion_tokens else "max_tokens"
        self._max_tokens = max_completion_tokens or max_tokens
        self._extra = dict(extra_body or {})
        # A job of an earlier run may have learnt what the server does not take.
        self._refused = self.store.refused_parameters(model, self.base_url)
        self._lock = threading.Lock()

    def complete(
        self,
        messages: Sequence[Message],
        *,
        json_schema: Mapping[str, Any] | None = None,
        temperature: float = 0,
    ) -> str:
        """Return the text of the model's reply; see `reply`.

        Raises:
            RequestFailed: This request failed, or the content filter withheld the reply.
            Problem: No request can succeed.
        """
        reply = self.reply(messages, json_schema=json_schema, temperature=temperature)
        if reply.finish_reason == CONTENT_FILTER and not reply.text:
            raise RequestFailed("the content filter of the server withheld the reply")
        return reply.text

    def reply(
        self,
        messages: Sequence[Message],
        *,
        json_schema: Mapping[str, Any] | None = None,
        temperature: float = 0,
        in_words: bool = True,
    ) -> Reply:
        """Return the model's reply to a chat, from the store if it was asked before.

        Args:
            messages: The chat as Chat Completions takes it; images as `image_part` gives them.
            json_schema: The form that the reply must have. A server that does not take schemas is
                told it in the prompt instead; whether the reply fits is for the caller to see.
            temperature: Of the sampling; 0 is greedy.
            in_words: Whether a server that does not support schemas gets it in the prompt.

        Returns:
            The reply. Its finish reason is `CONTENT_FILTER` if the server withheld it or declined
            to give one, by whatever name, and `EMPTY` if it holds nothing but reasoning, even
            after it was asked again with more tokens.

        Raises:
            RequestFailed: This request failed after all retries.
            Problem: No request can succeed: the key is missing or refused, the server does not
                know the model or cannot be reached, the quota or the budget is used up, or the
                store is broken.
        """
        return self._sender.once(
            self._key(messages, json_schema, temperature),
            lambda: self._usd_at_most(messages),
            lambda: self._ask_until_said(messages, json_schema, temperature, in_words),
        )

    def forget(
        self,
        messages: Sequence[Message],
        reason: str,
        *,
        json_schema: Mapping[str, Any] | None = None,
        temperature: float = 0,
    ) -> None:
        """Make the reply to a chat void, so that the next run asks anew.

        Args:
            messages: The chat.
            reason: Why it is of no use.
            json_schema: As it was asked with.
            temperature: As it was asked with.

        Raises:
            Problem: The store cannot be written.
        """
        self.store.void(self._key(messages, json_schema, temperature), reason, self.model)

    def _key(
        self, messages: Sequence[Message], schema: Mapping[str, Any] | None, temperature: float
    ) -> str:
        return chat_sha256(
            model=self.model,
            base_url=self.base_url,
            messages=messages,
            temperature=temperature,
            max_tokens=self._max_tokens,
            json_schema=schema,
            extra_body=self._extra,
        )

    def _usd_at_most(self, messages: Sequence[Message]) -> float:
        """What a request may cost: guessed with its longest reply, corrected by what others did."""
        guess = self._prices.usd(guess_tokens(messages), self._max_tokens) or 0.0
        seen = [one.highest_usd for one in self.store.spending() if one.model == self.model]
        return max(guess, *seen, 0.0)

    def _ask_until_said(
        self,
        messages: Sequence[Message],
        schema: Mapping[str, Any] | None,
        temperature: float,
        in_words: bool,
    ) -> Reply:
        """Ask; once more with more tokens, if the reply was cut before its reasoning ended."""
        tokens = self._max_tokens
        received, reply = self._ask(messages, schema, temperature, in_words, tokens)
        if received is not None and received.only_thought and received.finish_reason == "length":
            self._charge(received, messages)
            more = tokens * TIMES_MORE_TOKENS
            received, reply = self._ask(messages, schema, temperature, in_words, more)
        return reply

    def _ask(
        self,
        messages: Sequence[Message],
        schema: Mapping[str, Any] | None,
        temperature: float,
        in_words: bool,
        tokens: int,
    ) -> tuple[Received | None, Reply]:
        started = time.perf_counter()
        sent: dict[str, Any] = {}
        refused: set[str] = set()

        def ask() -> tuple[Received, Reply] | None:
            nonlocal sent, refused
            refused = set(self._refused)
            sent = self._request(messages, schema, temperature, refused, in_words, tokens)
            raw = self._sender.client().chat.completions.with_raw_response.create(**sent)
            completion = raw.parse()
            if error := error_within(completion, raw.http_response):
                raise error
            received = read_completion(completion, withheld=is_filter_reason)
            if not received.is_reply:
                if received.tokens_in or received.tokens_out:
                    self._charge(received, messages)
                return None
            return received, self._kept(received, messages, time.perf_counter() - started)

        def ask_for_less(error: "openai.OpenAIError") -> bool:
            named = refused_parameter(error, sent)
            # Few servers know of guided decoding: whatever they complain of, try without it.
            parameter = named or GUIDED * (is_guided(sent) and is_called_wrong(error))
            if not parameter or parameter in refused:
                return False
            self._ask_without(parameter, surely=bool(named))
            return True

        try:
            return self._sender.send(ask, expected="chat completion", correct=ask_for_less)
        except Filtered:
            seconds = time.perf_counter() - started
            return None, Reply("", CONTENT_FILTER, seconds=seconds, usd=self._prices.usd(0, 0))

    def _request(
        self,
        messages: Sequence[Message],
        schema: Mapping[str, Any] | None,
        temperature: float,
        refused: set[str],
        in_words: bool,
        tokens: int,
    ) -> dict[str, Any]:
        request: dict[str, Any] = {"model": self.model, "messages": list(messages)}
        extra = {name: value for name, value in self._extra.items() if name not in refused}
        other = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
        limit = other[self._limit] if self._limit in refused else self._limit
        if not {"max_tokens", "max_completion_tokens"} & set(extra) and limit not in refused:
            request[limit] = tokens
        if schema is not None and "response_format" in refused and GUIDED not in refused:
            extra = guided_by(schema) | extra
        if extra:
            request["extra_body"] = extra
        if "temperature" not in refused:
            request["temperature"] = temperature
        if schema is not None and "response_format" in refused:
            if in_words:
                words = SCHEMA_IN_WORDS + json.dumps(schema, ensure_ascii=False)
                request["messages"] = with_postscript(messages, words)
        elif schema is not None:
            named = {"name": str(schema.get("title", "reply")), "strict": True, "schema": schema}
            request["response_format"] = {"type": "json_schema", "json_schema": named}
        return request

    def _ask_without(self, parameter: str, *, surely: bool) -> None:
        """Remember what the server does not take, for later runs if it says so; say so once."""
        with self._lock:
            new = parameter not in self._refused
            self._refused.add(parameter)
        if new and surely:
            self.store.note_refused(self.model, self.base_url, parameter)
        if new:
            log.warning(
                "Model %s at %s %s take %s; from now on it %s.",
                self.name,
                self.base_url,
                "does not" if surely else "may not",
                parameter,
                _REFUSABLE.get(parameter, "is not sent it"),
            )

    def _charge(self, received: Received, messages: Sequence[Message]) -> None:
        """Keep what a try cost that brought no reply."""
        usd = self._prices.usd(received.tokens_in or guess_tokens(messages), received.tokens_out)
        self.store.charge(self.model, received.tokens_in, received.tokens_out, usd)

    def _kept(self, received: Received, messages: Sequence[Message], seconds: float) -> Reply:
        reason = EMPTY if received.only_thought else received.finish_reason
        if is_filter_reason(received.finish_reason) or received.refused:
            reason = CONTENT_FILTER
        # A server that does not count is believed to charge all the same.
        paid_in = received.tokens_in or guess_tokens(messages)
        paid_out = received.tokens_out or guess_tokens_of_text(received.text)
        return Reply(
            text=_storable(self._sender.endpoint.without_secret(received.text)),
            finish_reason=reason,
            prompt_tokens=received.tokens_in,
            completion_tokens=received.tokens_out,
            seconds=seconds,
            usd=self._prices.usd(paid_in, paid_out),
            served_model=_storable(self._sender.endpoint.without_secret(received.served_model)),
        )


def _storable(text: str) -> str:
    """A lone surrogate can be neither stored nor hashed."""
    return text.encode("utf-8", "replace").decode("utf-8")
