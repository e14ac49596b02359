"""Encoded images: those that are taken, and what they show."""

from io import BytesIO

from PIL import Image

SUFFIXES = {"PNG": ".png", "JPEG": ".jpg", "WEBP": ".webp"}
"""Formats that are taken, and how their files end."""

_BEGINNINGS = {b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG", b"RIFF": "WEBP"}


def decode_image(content: bytes) -> Image.Image | None:
    """Return an image as RGB, or None if the bytes are no whole PNG, JPEG or WebP image."""
    try:
        with Image.open(BytesIO(content), formats=tuple(SUFFIXES)) as image:
            return image.convert("RGB")
    except Exception:
        # Decoders meet damaged data with exceptions of nearly every class.
        return None


def suffix_of(content: bytes) -> str:
    """Return how the file of an encoded image ends; "" for a format that is not taken."""
    found = (name for start, name in _BEGINNINGS.items() if content.startswith(start))
    return SUFFIXES.get(next(found, ""), "")
