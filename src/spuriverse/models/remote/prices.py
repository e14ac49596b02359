"""What requests cost, and how many tokens they have before a server has counted them.

The guesses are on the dear side for the providers known to us: an image is one token for 750 of
its pixels, yet at least 85 and at most 1,600; a text is one token for four of its bytes.
"""

import base64
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image

from spuriverse.models.remote.chat import Message

PIXELS_PER_TOKEN = 750
FEWEST_TOKENS_OF_IMAGE = 85
MOST_TOKENS_OF_IMAGE = 1_600
BYTES_PER_TOKEN = 4
TOKENS_AROUND_MESSAGE = 8
TOKENS_PER_PRICE = 1_000_000


@dataclass(frozen=True)
class Prices:
    """Prices of a model, in USD for a million tokens; None if unknown.

    Attributes:
        price_in: Of what is sent.
        price_out: Of what is replied.
    """

    price_in: float | None = None
    price_out: float | None = None

    def usd(self, tokens_in: float, tokens_out: float) -> float | None:
        """Return the cost in USD; None if a price is unknown."""
        if self.price_in is None or self.price_out is None:
            return None
        return (self.price_in * tokens_in + self.price_out * tokens_out) / TOKENS_PER_PRICE


def guess_tokens(messages: Sequence[Message]) -> int:
    """Guess how many tokens a chat has."""
    return sum(
        TOKENS_AROUND_MESSAGE + sum(_tokens_of(part) for part in _parts(message))
        for message in messages
    )


def guess_tokens_of_text(text: str) -> int:
    """Guess how many tokens a text has."""
    return math.ceil(len(text.encode("utf-8")) / BYTES_PER_TOKEN)


def dollars(usd: float) -> str:
    """Return an amount for people, to the cent or, below one dollar, as far as it has digits."""
    if usd >= 1:
        return f"{usd:,.2f} USD"
    return f"{usd:.6f}".rstrip("0").rstrip(".") + " USD"


def _parts(message: Message) -> Iterator[dict[str, Any]]:
    content = message["content"]
    yield from [{"text": content}] if isinstance(content, str) else content


def _tokens_of(part: dict[str, Any]) -> int:
    if "image_url" not in part:
        return guess_tokens_of_text(str(part.get("text", "")))
    content = base64.b64decode(part["image_url"]["url"].partition(";base64,")[2])
    with Image.open(BytesIO(content)) as image:
        guess = math.ceil(image.width * image.height / PIXELS_PER_TOKEN)
    return min(MOST_TOKENS_OF_IMAGE, max(FEWEST_TOKENS_OF_IMAGE, guess))
