"""Cut-outs laid on backgrounds: what is shown, and where."""

import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from spuriverse.benchmarks.drawn_grounds import draw_ground
from spuriverse.problems import Problem
from spuriverse.questions import open_image

LEAST_TRANSPARENT = 0.01
"""Share of a cut-out's pixels that must be transparent: with less it is a photograph."""

_BLACK = (0, 0, 0)
_LONGEST = 1024
_FAINT = 8
_HALF = 128
_SQUARE = Image.Resampling.LANCZOS


@dataclass(frozen=True)
class Cutout:
    """An object without its background, cut to its outline's box.

    Attributes:
        colour: RGB, weighted by opacity, as it would look on black.
        opacity: One channel, 255 where it hides what is below.
    """

    colour: Image.Image
    opacity: Image.Image


@dataclass(frozen=True)
class Placement:
    """Where a cut-out lies in a square picture.

    Attributes:
        size: Its longer side, as a share of the picture's side.
        left: Share of the room beside it that is left of it.
        top: Share of the room above and below that is above it.
    """

    size: float
    left: float
    top: float


def read_cutout(path: str | Path) -> Cutout:
    """Return the cut-out in a file.

    Raises:
        Problem: The file cannot be read, has hardly any transparency, or shows nothing.
    """
    on_black = np.asarray(open_image(path, shortest=_LONGEST, ground=_BLACK), dtype=np.int16)
    on_white = np.asarray(open_image(path, shortest=_LONGEST), dtype=np.int16)
    # What a pixel lets through is by how much a white ground changes it.
    opacity = (255 - (on_white - on_black).max(axis=-1)).clip(0, 255).astype(np.uint8)
    if (opacity < _HALF).mean() < LEAST_TRANSPARENT:
        raise Problem(
            f"The cut-out {path} has no transparency around its object: cut the object out"
            " (docs/composites.md says how) and save it as PNG or WebP."
        )
    rows, columns = (np.flatnonzero((opacity >= _FAINT).any(axis=axis)) for axis in (1, 0))
    if opacity.max() < _HALF:
        raise Problem(f"The cut-out {path} shows nothing: all of it is transparent; replace it.")
    box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    colour = on_black.clip(0, 255).astype(np.uint8)[box]
    return Cutout(Image.fromarray(colour), Image.fromarray(opacity[box]))


def read_ground(path: str | Path, side: int) -> Image.Image:
    """Return the middle square of a background, RGB of `side` x `side` pixels.

    Raises:
        Problem: The file cannot be read.
    """
    picture = open_image(path, shortest=2 * side)
    edge = min(picture.size)
    left, top = ((length - edge) // 2 for length in picture.size)
    return picture.crop((left, top, left + edge, top + edge)).resize((side, side), _SQUARE)


def open_ground(path: str, kind: str, number: int, *, side: int, seed: int) -> Image.Image:
    """Return a background: of a file, or drawn if there is none.

    Args:
        path: The file; empty for a kind that is drawn.
        kind: Kind of background.
        number: Of its kind, from 0.
        side: Of the square picture, in pixels.
        seed: Settles what is drawn.

    Raises:
        Problem: The file cannot be read, or the kind cannot be drawn.
    """
    if path:
        return read_ground(path, side)
    return draw_ground(kind, side, stream(seed, kind, number))


def draw_placement(least: float, largest: float, rng: np.random.Generator) -> Placement:
    """Return a place in the middle half of the room that a cut-out leaves.

    Args:
        least: Smallest size, as in `Placement`.
        largest: Largest size.
        rng: The source of the draw.
    """
    return Placement(float(rng.uniform(least, largest)), *map(float, rng.uniform(0.25, 0.75, 2)))


def lay(cutout: Cutout, ground: Image.Image, placement: Placement) -> Image.Image:
    """Return a square background with a cut-out on it; all of the cut-out is inside.

    Args:
        cutout: The object, of any size in pixels; it is scaled.
        ground: RGB, square.
        placement: Where it lies, its size between 0 and 1.
    """
    side = ground.width
    longer = max(1, round(placement.size * side))
    scale = longer / max(cutout.opacity.size)
    width, height = (max(1, min(side, round(edge * scale))) for edge in cutout.opacity.size)
    colour, opacity = (
        np.asarray(part.resize((width, height), _SQUARE), dtype=np.float64)
        for part in (cutout.colour, cutout.opacity)
    )
    left = round(placement.left * (side - width))
    top = round(placement.top * (side - height))
    pixels: NDArray[np.float64] = np.array(ground, dtype=np.float64)
    below = pixels[top : top + height, left : left + width]
    below[:] = colour + below * (1 - opacity[..., None] / 255)
    return Image.fromarray(pixels.round().clip(0, 255).astype(np.uint8))


def stream(seed: int, *what: object) -> np.random.Generator:
    """Return random numbers that depend on a seed and on what they are for, and on nothing else."""
    return np.random.default_rng([seed, 19, zlib.crc32("\0".join(map(str, what)).encode())])
