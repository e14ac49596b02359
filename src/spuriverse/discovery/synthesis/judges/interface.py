"""What a judge is."""

from collections.abc import Sequence
from typing import Protocol

from PIL import Image

from spuriverse.discovery.synthesis.backends import Description


class Judge(Protocol):
    """Looks for attributes in images, without knowing what they should show."""

    def are_present(
        self, descriptions: Sequence[Description], images: Sequence[Image.Image]
    ) -> list[bool | None]:
        """Say whether each image shows the attribute of its description; None if in doubt.

        The group of a description is not looked at.
        """
        ...
