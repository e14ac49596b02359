"""Encoded images that a source itself holds: taken out of their wrapping and looked through."""

import base64
import binascii
import io
from typing import Any

from PIL import Image

SUFFIXES = {
    "JPEG": ".jpg",
    "MPO": ".jpg",
    "PNG": ".png",
    "WEBP": ".webp",
    "GIF": ".gif",
    "BMP": ".bmp",
}
"""Formats that are accepted, and the suffix of the file they are written to."""

# A JPEG with several pictures is opened as a JPEG and then called MPO.
_OPENED_AS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")

_GLIMPSE = (32, 32)


def suffix_of_image(content: bytes) -> str:
    """Return the suffix for an encoded image, or "" if it is none or is cut short."""
    # Pillow knows a format by its name only once its plug-ins are loaded.
    Image.init()
    try:
        with Image.open(io.BytesIO(content), formats=_OPENED_AS) as image:
            found = image.format or ""
            # A JPEG is read through to its end at a fraction of its size, which is quick.
            image.draft("RGB", _GLIMPSE)
            image.load()
    except Exception:
        # Decoders meet damaged data with exceptions of nearly every class.
        return ""
    return SUFFIXES.get(found, "")


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
