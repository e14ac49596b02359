"""Encoded images that a source itself holds, taken out of their wrapping."""

import base64
import binascii
from typing import Any


def bytes_of_image(value: Any) -> bytes:
    """Return the encoded image of a Parquet cell, b"" if it holds none.

    Args:
        value: Bytes, the structure with `bytes` that the Hub stores, or a list with one of these.
    """
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else None
    if isinstance(value, dict):
        value = value.get("bytes")
    return value if isinstance(value, bytes) else b""


def decode_base64(text: str) -> bytes:
    """Return the encoded image that a TSV file holds as base64, b"" if it is not valid base64."""
    try:
        return base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b""
