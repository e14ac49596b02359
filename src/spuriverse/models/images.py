"""Open the images of a table."""

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
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


def open_ahead(batches: Iterable[Iterable[str]]) -> Iterator[dict[str, Image.Image]]:
    """Yield the images of each batch by their paths; the next batch is opened meanwhile.

    No more than two batches are held at a time.

    Args:
        batches: Paths of the images, batch by batch; a path may come more than once.

    Raises:
        Problem: As `open_image`.
    """
    with ThreadPoolExecutor(max_workers=1) as pool:
        pending: Future[dict[str, Image.Image]] | None = None
        for batch in batches:
            opening = pool.submit(_open_all, batch)
            if pending is not None:
                yield pending.result()
            pending = opening
        if pending is not None:
            yield pending.result()


def _open_all(paths: Iterable[str]) -> dict[str, Image.Image]:
    return {path: open_image(path) for path in dict.fromkeys(paths)}
