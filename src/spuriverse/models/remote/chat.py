"""Messages of a chat, in the form of Chat Completions."""

import base64
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from spuriverse.questions import read_picture

Message = dict[str, Any]

SENT_AS_THEY_ARE = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
"""Formats that every server reads; any other image is sent as PNG."""

_PHOTOGRAPHS = {"JPEG", "MPO"}
_QUALITY = 95


def image_part(path: str | Path) -> dict[str, Any]:
    """Return the image at `path` as a part of a message: a data URL.

    What is sent shows what `open_image` returns. The file is sent as it is where a server that
    decodes it sees that anyway, so that requests and their digests are those of the file. A
    photograph that the normalisation changes is sent as JPEG: as PNG it would be ten times as long.

    Raises:
        Problem: As in `open_image`.
    """
    picture = read_picture(path)
    media_type = SENT_AS_THEY_ARE.get(picture.format)
    if media_type is not None and not picture.changed:
        content = Path(path).read_bytes()
    elif picture.changed and picture.format in _PHOTOGRAPHS:
        media_type, content = "image/jpeg", _encoded(picture.pixels, "JPEG", quality=_QUALITY)
    else:
        media_type, content = "image/png", _encoded(picture.pixels, "PNG")
    url = f"data:{media_type};base64,{base64.b64encode(content).decode('ascii')}"
    return {"type": "image_url", "image_url": {"url": url}}


def _encoded(image: Image.Image, form: str, **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, format=form, **options)
    return buffer.getvalue()


def user_message(text: str, image: dict[str, Any] | None = None) -> Message:
    """Return what the user says, below an image if there is one (as `image_part` gives it)."""
    if image is None:
        return {"role": "user", "content": text}
    return {"role": "user", "content": [image, {"type": "text", "text": text}]}


def assistant_message(text: str) -> Message:
    """Return what the model said, for the next turn of the chat."""
    return {"role": "assistant", "content": text}


def with_postscript(messages: Sequence[Message], text: str) -> list[Message]:
    """Return the chat with `text` below its last message; many models want turns to alternate."""
    *before, last = messages
    content = last["content"]
    if isinstance(content, str):
        return [*before, {**last, "content": f"{content}\n\n{text}"}]
    return [*before, {**last, "content": [*content, {"type": "text", "text": text}]}]
