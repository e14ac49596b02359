"""Tell which parameter of a request a server does not take, in the words of many servers."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import openai

NEEDED = ("model", "messages", "extra_body")

GUIDED = "guided_choice"
"""Stands for the parameters of vLLM that hold a reply to a form."""

_GUIDED_NAMES = ("guided_choice", "guided_json", "structured_outputs")
_OF_SCHEMAS = ("response_format", "json_schema", "structured output", "structured_output", "guided")
# OpenAI and LiteLLM; Anthropic and pydantic; bare servers.
_REFUSES = re.compile(
    r"unsupported|not support|n't support|unsupportedparams|drop_params"
    r"|extra inputs|extra fields|extra_forbidden|not permitted|not allowed|deprecated"
    r"|unexpected|unknown|unrecogni[sz]ed|unrecogni[sz]able|no such|not available|cannot be set"
    r"|invalid (?:parameter|argument|field)"
)


def guided_by(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return what vLLM takes in place of `response_format`, in its older and newer spelling.

    Args:
        schema: The form of the reply. One whose only entry is a choice becomes just that choice.
    """
    properties = list(schema.get("properties", {}).values())
    choices = properties[0].get("enum") if len(properties) == 1 else None
    if choices:
        return {"guided_choice": choices, "structured_outputs": {"choice": choices}}
    return {"guided_json": dict(schema), "structured_outputs": {"json": dict(schema)}}


def is_guided(request: Mapping[str, Any]) -> bool:
    """Whether a request holds what `guided_by` returns."""
    return any(name in (request.get("extra_body") or {}) for name in _GUIDED_NAMES)


def refused_parameter(error: "openai.OpenAIError", request: Mapping[str, Any]) -> str:
    """Name the parameter that the server does not take; empty if it complains of something else."""
    import openai

    if not isinstance(error, openai.BadRequestError | openai.UnprocessableEntityError):
        return ""
    complaint = error.response.text.lower()
    if "response_format" in request and any(word in complaint for word in _OF_SCHEMAS):
        return "response_format"
    if is_guided(request) and any(word in complaint for word in _OF_SCHEMAS):
        return GUIDED
    extra = request.get("extra_body") or {}
    sent = [name for name in (*request, *extra) if name not in NEEDED]
    # OpenAI names even those of which it only takes other values.
    if error.param in ("temperature", "max_tokens") and error.param in sent:
        return str(error.param)
    if not _REFUSES.search(complaint):
        return ""
    places = {
        name: found.start()
        for name in sent
        if (found := re.search(rf"(?<!\w){re.escape(name.lower())}(?!\w)", complaint))
    }
    return min(places, key=places.__getitem__) if places else ""
