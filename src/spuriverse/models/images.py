"""The images of a table, each decoded once."""

from collections.abc import Sequence

from PIL import Image

from spuriverse.questions import open_image


class Album:
    """Opens images, and keeps those that were asked for last: variants show the same ones again."""

    def __init__(self) -> None:
        self._opened: dict[str, Image.Image] = {}

    def open(self, paths: Sequence[str]) -> list[Image.Image]:
        """Return the images at `paths`, decoded; a path may come more than once.

        Raises:
            Problem: As `open_image`.
        """
        known = self._opened
        self._opened = {p: known[p] if p in known else open_image(p) for p in dict.fromkeys(paths)}
        return [self._opened[path] for path in paths]
