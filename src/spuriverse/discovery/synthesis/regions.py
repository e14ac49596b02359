"""Edit regions of pictures.

Places are shares of the sides, so that the sizes of pictures may differ.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from PIL import Image, ImageFilter

Box = tuple[float, float, float, float]
"""Left, top, right and bottom of a region, as shares of the picture's sides."""

Fill = Literal["grey", "blur", "diffusion"]
_STEPS = 8
_SOLVED = 48
"""Longest side, in pixels, at which what is covered is filled in from its edge."""


def feathered_mask(size: tuple[int, int], boxes: Sequence[Box], feather: float) -> np.ndarray:
    """Return how much of each pixel is replaced.

    Args:
        size: Width and height of the picture in pixels.
        boxes: Left, top, right and bottom of the regions, as shares of the sides.
        feather: Width of the soft edge as a share of the shortest side of a region. It lies inside
            the union of the regions, and there is none along the edge of the picture.

    Returns:
        float32 of the shape (height, width), from 0 to 1; 0 outside of the regions.
    """
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
            of its shorter side, "diffusion" for what flows in from around the region: a surface
            without any edge (Laplace's equation, Bertalmio et al. 2000, SIGGRAPH, without the
            transport along edges).
    """
    pixels = np.asarray(picture.convert("RGB"), dtype=np.float32)
    if fill == "blur":
        radius = min(picture.size) / 8
        blurred = picture.convert("RGB").filter(ImageFilter.GaussianBlur(radius))
        return _blend(picture, np.asarray(blurred, dtype=np.float32), mask)
    rest = mask == 0
    if fill == "diffusion" and rest.any():
        return _blend(picture, _flow_in(picture, ~rest), mask)
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


def _flow_in(picture: Image.Image, covered: np.ndarray) -> np.ndarray:
    """The picture with what is covered filled in from around it; float, as large as the picture.

    It is solved at a small size, since nothing that flows in has any detail.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.linalg import spsolve

    scale = min(1.0, _SOLVED / max(picture.size))
    width, height = (max(2, round(side * scale)) for side in picture.size)
    size = (width, height)
    hidden = Image.fromarray(np.where(covered, 255, 0).astype(np.uint8))
    # A cell that is covered in any part of it says nothing.
    unknown = np.asarray(hidden.resize(size, Image.Resampling.BOX)) > 0
    small = np.asarray(picture.convert("RGB").resize(size, Image.Resampling.BOX), dtype=np.float64)
    if unknown.all():
        return np.broadcast_to(small.mean(axis=(0, 1)), (*covered.shape, 3))
    number = np.full(unknown.shape, -1)
    number[unknown] = np.arange(unknown.sum())
    ys, xs = np.nonzero(unknown)
    rows, columns, degree = [], [], np.zeros(len(ys))
    known = np.zeros((len(ys), 3))
    for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0)):
        y, x = ys + dy, xs + dx
        within = (y >= 0) & (y < unknown.shape[0]) & (x >= 0) & (x < unknown.shape[1])
        degree += within
        here = np.flatnonzero(within)
        beside = number[y[here], x[here]]
        rows.append(here[beside >= 0])
        columns.append(beside[beside >= 0])
        edge = here[beside < 0]
        known[edge] += small[y[edge], x[edge]]
    of, to = np.concatenate(rows), np.concatenate(columns)
    each = np.arange(len(ys))
    values = np.concatenate([degree, -np.ones(len(of))])
    places = (np.concatenate([each, of]), np.concatenate([each, to]))
    system = coo_array((values, places), shape=(len(ys), len(ys))).tocsc()
    small[unknown] = np.stack([spsolve(system, known[:, c]) for c in range(3)], axis=-1)
    filled = Image.fromarray(small.round().clip(0, 255).astype(np.uint8))
    return np.asarray(filled.resize(picture.size, Image.Resampling.BICUBIC), dtype=np.float32)


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
