"""The image of a question, as everybody sees it: models here, servers, CLIP, sheets and reviewers.

There is one normalisation: the first frame, upright, on a white ground where it is transparent,
16-bit and floating-point values scaled to 8 bits, RGB.
"""

from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from spuriverse.problems import Problem

WHITE = (255, 255, 255)

_LONGEST_PER_SHORTEST = 8
"""An image that is shrunk keeps more of its shortest side if it is longer than that."""

# Formats that call another program, or that Pillow can name but not decode.
_NOT_DECODED = {"BUFR", "EPS", "GRIB", "HDF5", "MPEG", "WMF"}
# What a program sees that decodes a file of these modes and knows of no normalisation is the same.
_PLAIN_MODES = {"1", "L", "P", "RGB", "LA", "PA", "RGBA"}
_GLIMPSE = (32, 32)
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What brings an image of that orientation (EXIF 2.3, tag 0x0112) upright."""


@dataclass(frozen=True)
class Picture:
    """An image file, decoded.

    Attributes:
        pixels: The normalised image, RGB.
        format: Pillow's name of the file's format, such as JPEG.
        changed: Whether a program that decodes the file without the normalisation sees another
            image.
    """

    pixels: Image.Image
    format: str
    changed: bool


def open_image(
    path: str | Path,
    *,
    shortest: int | None = None,
    ground: tuple[int, int, int] = WHITE,
) -> Image.Image:
    """Return the image at `path` normalised, fully decoded.

    Args:
        path: A file of any format that Pillow decodes.
        shortest: If given, pixels to which the shortest side is shrunk, as the file is decoded
            where its format allows it. A smaller image keeps its size.
        ground: Colour below what is transparent.

    Raises:
        Problem: The file is missing, is no image, is cut short, or is larger than Pillow's limit.
    """
    return read_picture(path, shortest=shortest, ground=ground).pixels


def read_picture(
    path: str | Path,
    *,
    shortest: int | None = None,
    ground: tuple[int, int, int] = WHITE,
) -> Picture:
    """Return the image at `path` normalised, with what it was stored as.

    Args:
        path: As in `open_image`.
        shortest: As in `open_image`.
        ground: As in `open_image`.

    Raises:
        Problem: As in `open_image`.
    """
    try:
        with _opened(path) as image:
            return _normalised(image, shortest, ground)
    except FileNotFoundError:
        raise Problem(f"There is no image at {path}; run the step that makes it again.") from None
    except Exception as error:
        raise Problem(
            f"{path} is not a complete, usable image ({_reason(error, path)}); replace"
            " it with an intact one, or delete it and run the step that made it again."
        ) from error


def check_image(source: str | Path | bytes) -> tuple[str, str]:
    """Decode an image once, to see whether it can be used.

    Args:
        source: A file, or its content.

    Returns:
        The suffix that files of its format have, and "", or "" and why it cannot be used.
    """
    try:
        with _opened(source) as image:
            # A JPEG is read through to its end at a fraction of its size, which is quick.
            image.draft("RGB", _GLIMPSE)
            image.load()
            return _suffix_of_format(image.format or ""), ""
    except Exception as error:
        return "", _reason(error, source)


def image_size(path: str | Path) -> tuple[int, int]:
    """Return width and height of the normalised image in pixels, by the file's header alone.

    Raises:
        Problem: As in `open_image`, as far as the header tells.
    """
    try:
        with _opened(path) as image:
            width, height = image.size
            # Pillow gives the upright size of a TIFF file, and the stored one of all others.
            lies = image.format != "TIFF" and _orientation(image) >= 5
            return (height, width) if lies else (width, height)
    except Exception:
        return open_image(path).size  # says what is wrong


@cache
def image_suffixes() -> tuple[str, ...]:
    """Return the suffixes of the files that can be read, in lower case with their dots."""
    Image.init()
    known = Image.registered_extensions()
    return tuple(sorted(suffix for suffix, form in known.items() if form in _formats()))


@cache
def _formats() -> tuple[str, ...]:
    Image.init()
    return tuple(sorted(set(Image.OPEN) - _NOT_DECODED))


def _suffix_of_format(name: str) -> str:
    """The suffix of a format; the commonest where it has several."""
    common = {"JPEG": ".jpg", "MPO": ".jpg", "TIFF": ".tiff", "PNG": ".png", "PPM": ".ppm"}
    known = Image.registered_extensions()
    return common.get(name) or next((s for s, form in known.items() if form == name), "")


def _opened(source: str | Path | bytes) -> Image.Image:
    """Open an image and look at its header alone."""
    file = BytesIO(source) if isinstance(source, bytes) else source
    image = Image.open(file, formats=_formats())
    limit = Image.MAX_IMAGE_PIXELS  # up to twice as many, Pillow itself only warns
    if limit is not None and image.width * image.height > limit:
        image.close()
        raise Image.DecompressionBombError
    if 0 in image.size:
        image.close()
        raise ValueError(f"it is {image.width} x {image.height} pixels")
    return image


def _reason(error: Exception, source: str | Path | bytes) -> str:
    """Say why an image cannot be used, in words for people."""
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        limit = f"{Image.MAX_IMAGE_PIXELS or 0:,}"
        return f"it is larger than Pillow's limit of {limit} pixels"
    begin = _beginning(source)
    if not begin:
        return "it is empty"
    if isinstance(error, UnidentifiedImageError):
        if begin.lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml", b"<svg")):
            return "it is a web page or markup, no image"
        damaged = begin.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"II*", b"MM"))
        return "its header is damaged" if damaged else "it is in no known format"
    text = " ".join(str(error).split()) or type(error).__name__
    return text[:160]


def _beginning(source: str | Path | bytes) -> bytes:
    if isinstance(source, bytes):
        return source[:64]
    try:
        with open(source, "rb") as file:
            return file.read(64)
    except OSError:
        return b"?"


def _normalised(image: Image.Image, shortest: int | None, ground: tuple[int, int, int]) -> Picture:
    form, mode = image.format or "", image.mode
    several = getattr(image, "is_animated", False) and form != "MPO"
    orientation = _orientation(image)
    if shortest is not None:
        image.draft("RGB", _shrunk_size(image.size, 2 * shortest))
    image.load()
    # TIFF files are upright once they are loaded.
    turn = None if form == "TIFF" else _TURNS.get(orientation)
    upright = image if turn is None else image.transpose(turn)
    if upright.has_transparency_data:
        flat, covered = _flattened(upright, ground)
    else:
        flat, covered = _eight_bits(upright), False
    # The file will be closed: what is returned is always a copy and must not hang on to it.
    pixels = flat.convert("RGB")
    if shortest is not None:
        pixels = _shrunk(pixels, shortest)
    changed = orientation != 1 or covered or several or mode not in _PLAIN_MODES
    return Picture(pixels, form, changed)


def _orientation(image: Image.Image) -> int:
    """The orientation by EXIF or XMP, 1 (upright) to 8; 1 where the tags are broken."""
    try:
        found = image.getexif().get(0x0112, 1)
    except Exception:
        return 1  # a broken tag is no reason to lose the pixels
    return found if found in range(1, 9) else 1


def _flattened(image: Image.Image, ground: tuple[int, int, int]) -> tuple[Image.Image, bool]:
    """Lay an image on a ground; and whether anything of that shows."""
    if image.mode.startswith("I;16"):
        values = np.asarray(image)
        seen = values != image.info["transparency"]
        whole = _eight_bits(image).convert("RGB")
        mask = Image.fromarray(np.where(seen, 255, 0).astype(np.uint8))
    else:
        whole = image.convert("RGBA")
        mask = whole.getchannel("A")
        whole = whole.convert("RGB")
    least = mask.getextrema()[0]
    if isinstance(least, int | float) and least == 255:
        return whole, False
    return Image.composite(whole, Image.new("RGB", image.size, ground), mask), True


def _eight_bits(image: Image.Image) -> Image.Image:
    """Scale deep greys: 16 bits by 257, others by the least of 1, 255, 65,535 that holds all."""
    if not image.mode.startswith(("I", "F")):
        return image
    values = np.nan_to_num(np.asarray(image, dtype=np.float64), posinf=0.0, neginf=0.0).clip(0)
    top = float(values.max())
    if image.mode.startswith("I"):
        white = 65_535.0 if top <= 65_535 else top
    else:
        white = next((limit for limit in (1.0, 255.0, 65_535.0) if top <= limit), top)
    return Image.fromarray((values * (255 / white)).round().astype(np.uint8))


def _shrunk_size(size: tuple[int, int], shortest: int) -> tuple[int, int]:
    """The size with that shortest side; extremely long images are shrunk further."""
    scale = max(shortest / min(size), 1e-9)
    scale = min(scale, _LONGEST_PER_SHORTEST * shortest / max(size), 1.0)
    width, height = (max(1, round(side * scale)) for side in size)
    return width, height


def _shrunk(image: Image.Image, shortest: int) -> Image.Image:
    size = _shrunk_size(image.size, shortest)
    if size == image.size:
        return image
    return image.resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0)
