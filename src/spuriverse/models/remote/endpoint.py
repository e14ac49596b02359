"""The server of a remote model: its address and key, and what its errors mean."""

import math
import os
import re
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from spuriverse.problems import Problem

if TYPE_CHECKING:
    import openai

CONTENT_FILTER = "content_filter"
"""The finish reason of a reply that the server's content filter withheld."""

_FILTER_CODES = {
    "content_filter",
    "content_policy_violation",
    "data_inspection_failed",
    "moderation_blocked",
}
_FILTER_REASONS = {
    "content_filter",
    "refusal",
    "safety",
    "recitation",
    "blocklist",
    "prohibited_content",
    "spii",
    "image_safety",
}
"""Not every provider translates its own finish reasons."""

_SHOWN_LETTERS = 300
_LETTERS_THAT_BETRAY = 8
_LETTERS_OF_A_SECRET = 16
"""A shorter key is a dummy such as EMPTY, which may well be a word of a reply."""


_DATA_URL = re.compile(r"data:[\w.+/-]{1,80};base64,[\w+/=%-]{40,}")
_LONGEST_REASON = 600


class RequestFailed(Problem):
    """One request failed, though others may succeed; the message is the reason.

    It is cut to a readable length: a server may send the image back within its error.
    """

    def __init__(self, reason: str = "") -> None:
        super().__init__(shortened(reason, _LONGEST_REASON))


class RequestRefused(RequestFailed):
    """The server calls the request itself wrong (status 400): trying again is no use."""


@dataclass(frozen=True)
class Endpoint:
    """Where a model is asked.

    Attributes:
        name: What the tables call the model.
        model: What the server calls it.
        base_url: Address of the server.
        api_key_env: Name of the environment variable with the key; None for a server without.
        timeout: Patience with one try, in seconds.
    """

    name: str
    model: str
    base_url: str
    api_key_env: str | None
    timeout: float

    def key(self) -> str:
        """Return the key from the environment; empty for a server without.

        Raises:
            Problem: The variable is not set, or holds what cannot be a key.
        """
        if self.api_key_env is None:
            return ""
        key = os.environ.get(self.api_key_env, "").strip()
        if not key:
            raise Problem(
                f"Model {self.name} needs a key for {self.base_url}, but the environment variable"
                f" {self.api_key_env} is not set; set it and run again."
            )
        if not (key.isascii() and key.isprintable()):
            raise Problem(
                f"The environment variable {self.api_key_env} holds characters that no key has;"
                " set it to the key alone and run again."
            )
        return key

    def without_secret(self, text: str) -> str:
        """Return what a server sent without the key, should it have sent that back."""
        key = os.environ.get(self.api_key_env or "", "").strip()
        return text.replace(key, "***") if len(key) >= _LETTERS_OF_A_SECRET else text

    def explained(self, error: "openai.OpenAIError", tries: int) -> Problem:
        """Say what an error means that ended a request.

        Args:
            error: What the client raised.
            tries: How often the request was sent.

        Returns:
            A `RequestFailed` if it concerns this request alone, else a plain `Problem`.
        """
        import openai

        if isinstance(error, openai.APIConnectionError):
            return self._explained_connection(error, tries)
        if not isinstance(error, openai.APIStatusError):
            return RequestFailed(f"the client gave up ({type(error).__name__})")
        if error.status_code in (401, 403):
            variable = f"the key in {self.api_key_env}" if self.api_key_env else "requests"
            return Problem(
                f"The server at {self.base_url} refuses {variable} for model {self.name} (status"
                f" {error.status_code}); correct the key, or name its variable in api_key_env."
            )
        if error.status_code == 404:
            return Problem(
                f"The server at {self.base_url} has no model {self.model} (status 404); correct"
                f" model or base_url of {self.name}."
            )
        if is_quota_used_up(error):
            return Problem(
                f"The quota of model {self.name} at {self.base_url} is used up; raise it and run"
                " again: replies so far are kept."
            )
        meaning = RequestRefused if error.status_code == 400 else RequestFailed
        shown = self._shown(error.response.text)
        return meaning(f"the server answered {error.status_code}: {shown}")

    def no_reply(self, expected: str) -> RequestFailed:
        """Say that what arrived is not a reply at all."""
        return RequestFailed(f"what {self.base_url} sent is not a valid {expected}")

    def _explained_connection(self, error: "openai.APIConnectionError", tries: int) -> Problem:
        import openai

        if _never_connected(error):
            return Problem(
                f"The server of model {self.name} at {self.base_url} cannot be reached; start"
                " it, or correct base_url."
            )
        if isinstance(error, openai.APITimeoutError):
            return RequestFailed(f"no reply within {self.timeout:g} s, {tries} times")
        return RequestFailed("the connection broke off before the reply was complete")

    def _shown(self, text: str) -> str:
        """What the server wrote may hold the key, or part of it."""
        key = os.environ.get(self.api_key_env or "", "").strip()
        plain = " ".join(_DATA_URL.sub("[image]", text).split()) or "nothing more"
        if key:
            plain = re.sub(re.escape(key), "***", plain)
            plain = re.sub(re.escape(key[:_LETTERS_THAT_BETRAY]) + r"[\w*-]*", "***", plain)
        return shortened(plain, _SHOWN_LETTERS)


def shortened(text: str, letters: int) -> str:
    """Return a text with images named rather than spelled out, and cut to so many letters."""
    text = _DATA_URL.sub("[image]", text)
    return text if len(text) <= letters else f"{text[:letters]}..."


def may_pass(error: "openai.OpenAIError") -> bool:
    """Whether the same request may succeed a little later."""
    import openai

    if isinstance(error, openai.APIStatusError):
        if is_quota_used_up(error):
            return False
        advice = error.response.headers.get("x-should-retry")
        if advice in ("true", "false"):
            return advice == "true" and error.status_code not in (400, 401, 403, 404)
        return error.status_code in (408, 409, 429) or error.status_code >= 500
    return True


def pause_asked_for(error: "openai.OpenAIError") -> float | None:
    """Return how many seconds the server wants to be left alone; None if it does not say."""
    import openai

    if not isinstance(error, openai.APIStatusError):
        return None
    headers = error.response.headers
    for header, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers[header]) * unit
        except (KeyError, ValueError):
            continue
        if math.isfinite(seconds):
            return max(0.0, seconds)
    try:
        return max(0.0, parsedate_to_datetime(headers["retry-after"]).timestamp() - time.time())
    except (KeyError, ValueError):
        return None


def is_quota_used_up(error: "openai.APIStatusError") -> bool:
    """Whether the account has no money left, rather than too many requests in a minute."""
    return error.code == "insufficient_quota" or error.status_code == 402


def is_filtered(error: "openai.OpenAIError") -> bool:
    """Whether the content filter of the server turned the request down."""
    import openai

    if isinstance(error, openai.PermissionDeniedError):
        return "content_moderation" in error.response.text
    return isinstance(error, openai.BadRequestError) and bool(
        {str(error.code).lower(), str(error.type).lower()} & _FILTER_CODES
        or "DataInspectionFailed" in error.response.text
        or "ResponsibleAIPolicyViolation" in error.response.text
    )


def is_called_wrong(error: "openai.OpenAIError") -> bool:
    """Whether the server calls the request itself wrong."""
    import openai

    return isinstance(error, openai.BadRequestError | openai.UnprocessableEntityError)


def is_filter_reason(finish_reason: str) -> bool:
    """Whether a reply ended because the content filter of the server withheld it."""
    return finish_reason.lower().partition(":")[0] in _FILTER_REASONS


def _never_connected(error: "openai.OpenAIError") -> bool:
    """The client can work with either of two HTTP libraries, whose exceptions share their names."""
    return type(error.__cause__).__name__ in ("ConnectError", "ConnectTimeout")
