"""The image of a question."""

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
