"""What a gate is: it looks at images before any model is asked about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from PIL import Image

from spuriverse.discovery.synthesis.backends import Description

PASSED = "passed"
UNJUDGED = "unjudged"
"""The gate cannot tell; the image is let through."""


@dataclass(frozen=True)
class Shown:
    """An image and what it should show."""

    description: Description
    image: Image.Image


class Gate(Protocol):
    """One reason why an image may be of no use.

    Attributes:
        name: One word, for the tables.
    """

    name: str

    def judge(self, shown: Sequence[Shown]) -> list[str]:
        """Judge images; all gates before this one have let them through.

        Returns:
            `PASSED`, `UNJUDGED` or what is wrong, in a word or two, for each in their order.
        """
        ...
