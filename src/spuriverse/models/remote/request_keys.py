"""Keys of requests: two requests have the same one if they ask the same of the same model."""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from spuriverse.tables import content_sha256

REQUEST_FORM = 1
"""Part of every key: raise it when the same request comes to be put to servers in another way."""


def request_sha256(request: Mapping[str, Any]) -> str:
    """Return the key of a request.

    Args:
        request: Everything the reply depends on (model, address, messages, decoding parameters,
            schema), as JSON values. The API key must not be among it.

    Returns:
        The SHA-256 of its canonical JSON, with every image replaced by the SHA-256 of its bytes.
    """
    plain = json.dumps(_without_images(request), sort_keys=True, separators=(",", ":"))
    return content_sha256(plain)


def chat_sha256(
    *,
    model: str,
    base_url: str,
    messages: Sequence[Mapping[str, Any]],
    temperature: float,
    max_tokens: int,
    json_schema: Mapping[str, Any] | None = None,
    extra_body: Mapping[str, Any] | None = None,
) -> str:
    """Return the key of a chat request.

    It describes what is asked, not how a server had to be asked that does not take a parameter.
    """
    return request_sha256(
        {
            "form": REQUEST_FORM,
            "model": model,
            "base_url": base_url.rstrip("/"),
            "messages": list(messages),
            "temperature": float(temperature),
            "max_tokens": max_tokens,
            "json_schema": json_schema,
        }
        | ({"extra_body": dict(extra_body)} if extra_body else {})
    )


def _without_images(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _without_images(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_without_images(entry) for entry in value]
    if isinstance(value, str) and value.startswith("data:image/"):
        return _image_digest(value)
    return value


def _image_digest(url: str) -> str:
    """A text that merely looks like an image keeps every character that tells it apart."""
    try:
        content = base64.b64decode(url.partition(";base64,")[2], validate=True)
    except binascii.Error:
        return url
    return f"sha256:{hashlib.sha256(content).hexdigest()}" if content else url
