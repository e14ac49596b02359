"""Open the images of a table."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from spuriverse.problems import Problem


def open_image(path: str | Path) -> Image.Image:
    """Return the image at `path` as RGB, fully decoded.

    Raises:
        Problem: The file is missing, is no image, or is cut short.
    """
    try:
        with Image.open(path) as image:
            return image.convert("RGB")
    except FileNotFoundError:
        raise Problem(f"There is no image at {path}; run the step that makes it again.") from None
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise Problem(
            f"{path} is not a whole image ({error}); delete it and run the step that made it again."
        ) from error


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
