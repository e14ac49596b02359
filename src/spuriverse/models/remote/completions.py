"""Read what a server sends as a chat completion: any of it may be missing or of another form."""

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import openai

_SPOKEN_PARTS = {"text", "output_text", ""}


@dataclass(frozen=True)
class Said:
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


def read_completion(completion: Any, *, withheld: Any) -> Said:
    """Read a completion as the client gives it.

    Args:
        completion: What the client made of it.
        withheld: Tells of a finish reason whether the content filter caused it; such a completion
            needs no message.
    """
    choices = getattr(completion, "choices", None)
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = getattr(choice, "message", None)
    reason = str(getattr(choice, "finish_reason", None) or "")
    content = _text_of(getattr(message, "content", None))
    refusal = _text_of(getattr(message, "refusal", None))
    thoughts = [getattr(message, name, None) for name in ("reasoning_content", "reasoning")]
    tokens_in, tokens_out = _usage(completion)
    return Said(
        text=content or refusal or "",
        refused=bool(refusal) and not content,
        only_thought=not (content or refusal) and any(isinstance(t, str) and t for t in thoughts),
        finish_reason=reason,
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        served_model=str(getattr(completion, "model", None) or ""),
        is_reply=content is not None and (message is not None or withheld(reason)),
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
    said = json.dumps(error).lower()
    if "rate" in said and "limit" in said:
        return 429
    return 400 if "invalid_request" in said else 500


def _text_of(content: Any) -> str | None:
    """The text of a content: a text or a list of parts; None if it is neither."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return None
    texts = []
    for part in content:
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, dict) and str(part.get("type") or "") in _SPOKEN_PARTS:
            texts.append(str(part.get("text") or ""))
    return "".join(texts)


def _usage(completion: Any) -> tuple[int, int]:
    usage = getattr(completion, "usage", None)
    counts = (getattr(usage, f"{part}_tokens", None) for part in ("prompt", "completion"))
    tokens_in, tokens_out = (max(0, c) if isinstance(c, int) else 0 for c in counts)
    return tokens_in, tokens_out
