"""Edit regions of pictures.

Places are shares of the sides, so that the sizes of pictures may differ.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import numpy as np
from PIL import Image, ImageFilter

Box = tuple[float, float, float, float]
"""Left, top, right and bottom of a region, as shares of the picture's sides."""

Fill = Literal["grey", "blur", "telea"]
_STEPS = 8
_NEIGHBOURHOOD = 3
"""Pixels around a covered one that it is inpainted from."""


def feathered_mask(size: tuple[int, int], boxes: Sequence[Box], feather: float) -> np.ndarray:
    """Return how much of each pixel is replaced.

    Args:
        size: Width and height of the picture in pixels.
        boxes: Left, top, right and bottom of the regions, as shares of the sides.
        feather: Width of the soft edge as a share of the shortest side of a region. It lies inside
            the union of the regions, and there is none along the edge of the picture.

    Returns:
        float32 of the shape (height, width), from 0 to 1; 0 outside of the regions. Read-only.
    """
    mask = _masked(size, tuple(map(tuple, boxes)), feather)
    mask.flags.writeable = False
    return mask


@lru_cache(maxsize=2)
def _masked(size: tuple[int, int], boxes: tuple[Box, ...], feather: float) -> np.ndarray:
    """The last ones are kept, as picture after picture of a size is edited at the same place."""
    from scipy.ndimage import distance_transform_edt

    width, height = size
    inside = np.zeros((height, width), dtype=bool)
    shortest = min(width, height)
    for left, top, right, bottom in boxes:
        x0, x1 = round(left * width), max(round(right * width), round(left * width) + 1)
        y0, y1 = round(top * height), max(round(bottom * height), round(top * height) + 1)
        inside[y0:y1, x0:x1] = True
        shortest = min(shortest, x1 - x0, y1 - y0)
    edge = feather * shortest
    if inside.all() or edge < 1:
        return inside.astype(np.float32)
    # The first pixel inside is at distance 1.
    depth = distance_transform_edt(inside)
    return np.clip(depth / (edge + 1), 0, 1).astype(np.float32)


def paste_region(carrier: Image.Image, source: Image.Image, mask: np.ndarray) -> Image.Image:
    """Return the carrier with what the source shows at the same place.

    Args:
        carrier: The picture that is pasted into.
        source: The picture that is pasted from; scaled to the carrier's size.
        mask: As `feathered_mask` returns it for the carrier.
    """
    if source.size != carrier.size:
        source = source.resize(carrier.size, Image.Resampling.BICUBIC)
    return _blend(carrier, np.asarray(source.convert("RGB"), dtype=np.float32), mask)


def cover_region(picture: Image.Image, mask: np.ndarray, fill: Fill) -> Image.Image:
    """Return the picture with a region covered.

    Args:
        picture: A picture.
        mask: As `feathered_mask` returns it.
        fill: "grey" for the mean colour of the rest, "blur" for the picture blurred by an eighth
            of its shorter side, "telea" for what is continued from around the region (fast
            marching, Telea 2004, Journal of Graphics Tools 9).
    """
    pixels = np.asarray(picture.convert("RGB"), dtype=np.float32)
    if fill == "blur":
        radius = min(picture.size) / 8
        blurred = picture.convert("RGB").filter(ImageFilter.GaussianBlur(radius))
        return _blend(picture, np.asarray(blurred, dtype=np.float32), mask)
    rest = mask == 0
    if fill == "telea" and rest.any():
        return _blend(picture, _inpaint(picture, ~rest), mask)
    colour = (pixels[rest] if rest.any() else pixels.reshape(-1, 3)).mean(axis=0)
    return _blend(picture, np.broadcast_to(colour, pixels.shape), mask)


def place_elsewhere(boxes: Sequence[Box], *, shared: float = 0.0) -> list[Box] | None:
    """Return regions of the same form at another place of the picture, or None for want of room.

    Args:
        boxes: Left, top, right and bottom as shares of the sides.
        shared: Most of their area that may lie on the regions themselves.

    Returns:
        The shift to any side of which no part leaves the picture and least lies on the regions;
        the nearest of those that are alike in this.
    """
    best: tuple[float, float, float, float] | None = None
    own = _rastered(boxes)
    for x, y in _SHIFTS:
        moved = [(le + x, to + y, ri + x, bo + y) for le, to, ri, bo in boxes]
        if not all(min(b) >= -1e-6 and max(b) <= 1 + 1e-6 for b in moved):
            continue
        common = float((_rastered(moved) & own).sum() / own.sum())
        if common <= shared and (best is None or (common, abs(x) + abs(y)) < best[:2]):
            best = (common, abs(x) + abs(y), x, y)
    if best is None:
        return None
    return [(le + best[2], to + best[3], ri + best[2], bo + best[3]) for le, to, ri, bo in boxes]


def _inpaint(picture: Image.Image, covered: np.ndarray) -> np.ndarray:
    """The picture with what is covered filled in from around it; as large as the picture."""
    import cv2

    pixels = np.asarray(picture.convert("RGB"))
    hidden = covered.astype(np.uint8)
    return np.asarray(cv2.inpaint(pixels, hidden, _NEIGHBOURHOOD, cv2.INPAINT_TELEA))


_ALONG = range(-_STEPS + 1, _STEPS)
_SHIFTS = sorted(
    ((x / _STEPS, y / _STEPS) for x in _ALONG for y in _ALONG if (x, y) != (0, 0)),
    key=lambda shift: (abs(shift[0]) + abs(shift[1]), shift),
)


def _rastered(boxes: Sequence[Box]) -> np.ndarray:
    """The cells of a grid, eight to a step, that lie in any of the regions."""
    cells = np.zeros((8 * _STEPS, 8 * _STEPS), dtype=bool)
    for box in boxes:
        left, top, right, bottom = (round(side * 8 * _STEPS) for side in box)
        cells[top : max(bottom, top + 1), left : max(right, left + 1)] = True
    return cells


def _blend(picture: Image.Image, other: np.ndarray, mask: np.ndarray) -> Image.Image:
    own = np.asarray(picture.convert("RGB"), dtype=np.float32)
    mixed = own + (other - own) * mask[..., None]
    return Image.fromarray(mixed.round().clip(0, 255).astype(np.uint8))
