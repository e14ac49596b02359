"""Paste small pictures on images, find them again, and look past them."""

from pathlib import Path

import numpy as np
from PIL import Image

from spuriverse.evaluation.occlusion import cover_region
from spuriverse.problems import Problem

_SHARE = 1 / 3
_COARSE = 8
_MOST_ERROR = 40.0
_CROP = 2 / 3


def read_stickers(folder: str | Path) -> dict[str, Image.Image]:
    """Read a bank of stickers.

    Args:
        folder: PNG or JPEG pictures; their names without the suffix are the stickers' names.

    Raises:
        Problem: There is no picture, or one cannot be opened.
    """
    paths = sorted(
        path for path in Path(folder).glob("*") if path.suffix.lower() in (".png", ".jpg", ".jpeg")
    )
    if not paths:
        raise Problem(
            f"There is no PNG or JPEG picture in {folder} (probes.stickers); put small pictures"
            " there, or leave the key empty for the props of the embedded world."
        )
    found = {}
    for path in paths:
        try:
            with Image.open(path) as image:
                found[path.stem] = image.convert("RGBA")
        except OSError as error:
            raise Problem(f"The sticker {path} cannot be opened ({error}); remove it.") from error
    return found


def paste_sticker(image: Image.Image, sticker: Image.Image) -> Image.Image:
    """Return an image with a sticker in its upper left corner, a third of the shorter side wide.

    Args:
        image: RGB.
        sticker: RGBA.
    """
    side = _side_of(image)
    small = sticker.resize((side, side), Image.Resampling.LANCZOS)
    shown = image.copy()
    shown.paste(small, (0, 0), small)
    return shown


def placebo_of(sticker: Image.Image) -> Image.Image:
    """Return a sticker of the same outline in its own mean colour: what covers as much."""
    pixels = np.asarray(sticker).copy()
    opaque = pixels[..., 3] > 127
    if opaque.any():
        pixels[..., :3] = np.round(pixels[opaque][:, :3].mean(0)).astype(np.uint8)
    return Image.fromarray(pixels, "RGBA")


def cover_found(image: Image.Image, sticker: Image.Image) -> Image.Image:
    """Return an image with the best match of a sticker covered, if it matches at all.

    The sticker is looked for everywhere, at the size at which `paste_sticker` pastes it and at a
    resolution of 8 x 8 pixels a sticker. A match has a mean error below 40 grey levels over the
    sticker's opaque pixels; it is covered by the mean colour of the rest.

    Args:
        image: RGB.
        sticker: RGBA.
    """
    scale = _COARSE / _side_of(image)
    size = [max(_COARSE, round(length * scale)) for length in image.size]
    coarse = np.asarray(image.resize((size[0], size[1]), Image.Resampling.BOX), np.float32)
    small = np.asarray(sticker.resize((_COARSE, _COARSE), Image.Resampling.BOX), np.float32)
    opaque = small[..., 3] > 127
    if not opaque.any():
        return image
    windows = np.lib.stride_tricks.sliding_window_view(coarse, (_COARSE, _COARSE), axis=(0, 1))
    shown = np.moveaxis(windows, 2, -1)[:, :, opaque]
    errors = np.abs(shown - small[opaque][:, :3]).mean((-2, -1))
    row, column = np.unravel_index(errors.argmin(), errors.shape)
    if errors[row, column] >= _MOST_ERROR:
        return image
    region = np.zeros((image.height, image.width), bool)
    top, left = round(row / scale), round(column / scale)
    side = _side_of(image) + 1
    region[top : top + side, left : left + side] = True
    return cover_region(image, region)


def corner_crops(image: Image.Image) -> list[Image.Image]:
    """Return four crops of two thirds of each side, one at each corner, at the image's size.

    Some processors take images of one size alone.
    Three of them leave out all of a sticker that fills a third of a side in some corner.
    """
    width, height = (round(length * _CROP) for length in image.size)
    right, bottom = image.width - width, image.height - height
    corners = ((0, 0), (right, 0), (0, bottom), (right, bottom))
    return [
        image.crop((x, y, x + width, y + height)).resize(image.size, Image.Resampling.BICUBIC)
        for x, y in corners
    ]


def _side_of(image: Image.Image) -> int:
    return max(1, round(min(image.size) * _SHARE))
