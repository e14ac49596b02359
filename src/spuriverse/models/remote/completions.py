"""Read what a server sends as a chat completion: any of it may be missing or of another form."""

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import openai

_SPOKEN_PARTS = {"text", "output_text", ""}
_THOUGHTS = ("reasoning_content", "reasoning", "reasoning_details", "thinking")


@dataclass(frozen=True)
class Received:
    """What a completion says.

    Attributes:
        text: The reply; what the model gives as its refusal, if there is no reply.
        refused: Whether the text is a refusal.
        only_thought: Whether there is nothing but reasoning.
        finish_reason: Why it ended, in the server's words.
        tokens_in: Tokens sent; 0 if the server does not count.
        tokens_out: Tokens replied; 0 if the server does not count.
        served_model: What the server says the model is.
        is_reply: Whether it is a reply at all.
    """

    text: str
    refused: bool
    only_thought: bool
    finish_reason: str
    tokens_in: int
    tokens_out: int
    served_model: str
    is_reply: bool


def read_completion(completion: Any, *, withheld: Any) -> Received:
    """Read a completion as the client gives it.

    Args:
        completion: What the client made of it.
        withheld: Tells of a finish reason whether the content filter caused it; such a completion
            needs no message.
    """
    choices = getattr(completion, "choices", None)
    # Some servers answer as other interfaces do: without choices, or with a text in their place.
    choice = (
        choices[0] if isinstance(choices, list) and choices else None if choices else completion
    )
    message = _field(choice, "message")
    reason = str(_field(choice, "finish_reason") or "")
    content = _text_of(_field(message, "content"))
    if not content:
        content = _said_elsewhere(choice, message) or content
    refusal = _text_of(_field(message, "refusal"))
    thoughts = [_field(message, name) for name in _THOUGHTS] + _thinking_parts(message)
    tokens_in, tokens_out = _usage(completion)
    return Received(
        text=content or refusal or "",
        refused=bool(refusal) and not content,
        only_thought=not (content or refusal) and any(thoughts),
        finish_reason=reason,
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        served_model=str(getattr(completion, "model", None) or ""),
        is_reply=content is not None and bool(content or message is not None or withheld(reason)),
    )


def error_within(completion: Any, response: Any) -> "openai.APIStatusError | None":
    """Return the error that a server put into a body with status 200; None if there is none.

    Its code is treated as the status; one without a number is a server error.
    """
    if getattr(completion, "choices", None):
        return None
    body = getattr(completion, "error", None)
    if not body or not isinstance(body, dict | str):
        return None
    import openai

    body = {"message": body} if isinstance(body, str) else body
    status = _status_of(body)
    response.status_code = status
    kinds: dict[int, type[openai.APIStatusError]] = {
        400: openai.BadRequestError,
        401: openai.AuthenticationError,
        403: openai.PermissionDeniedError,
        404: openai.NotFoundError,
        409: openai.ConflictError,
        422: openai.UnprocessableEntityError,
        429: openai.RateLimitError,
    }
    kind = kinds.get(status, openai.InternalServerError if status >= 500 else openai.APIStatusError)
    return kind(str(body.get("message") or json.dumps(body)), response=response, body=body)


def _status_of(error: dict[str, Any]) -> int:
    for name in ("status_code", "status", "code", "http_code"):
        value = str(error.get(name, ""))
        if re.fullmatch(r"[45]\d\d", value):
            return int(value)
    words = json.dumps(error).lower()
    if "rate" in words and "limit" in words:
        return 429
    return 400 if "invalid_request" in words else 500


def _field(value: Any, name: str) -> Any:
    """An entry of what the client has made an object of, or has left as it came."""
    return value.get(name) if isinstance(value, dict) else getattr(value, name, None)


def _text_of(content: Any) -> str | None:
    """The text of a content: a text, a number, a part or a list of parts; None if it is none.

    An object that is no part is the text of its JSON, as of an answer in JSON that was read.
    """
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, int | float):
        return str(content)
    if isinstance(content, list):
        return "".join(_text_of(part) or "" for part in content)
    if not isinstance(content, dict):
        return None
    if str(content.get("type") or "") not in _SPOKEN_PARTS:
        return ""
    for name in ("text", "value"):
        if name in content:
            return _text_of(content[name])
    return json.dumps(content, ensure_ascii=False) if content else ""


def _said_elsewhere(choice: Any, message: Any) -> str:
    """The text of a reply whose message has no content: a text, a call of a tool, an object."""
    if isinstance(message, str):
        return message
    calls = [_field(call, "function") for call in _listed(_field(message, "tool_calls"))]
    texts = [_field(call, "arguments") for call in (*calls, _field(message, "function_call"))]
    texts += [_field(message, "parsed"), _field(choice, "text")]
    if message is None:
        texts += [_field(choice, name) for name in ("output_text", "content", "response")]
        texts += [_field(part, "content") for part in _listed(_field(choice, "output"))]
    return next((text for text in map(_text_of, texts) if text), "")


def _thinking_parts(message: Any) -> list[Any]:
    content = _field(message, "content")
    return [part for part in _listed(content) if isinstance(part, dict) and _text_of(part) == ""]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _usage(completion: Any) -> tuple[int, int]:
    usage = getattr(completion, "usage", None)
    counts = (getattr(usage, f"{part}_tokens", None) for part in ("prompt", "completion"))
    tokens_in, tokens_out = (max(0, c) if isinstance(c, int) else 0 for c in counts)
    return tokens_in, tokens_out
