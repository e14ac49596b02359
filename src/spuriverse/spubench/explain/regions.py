"""Maps and masks on the pixels of an image, and how much of a map lies inside a mask."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from spuriverse.problems import Problem

Box = tuple[int, int, int, int]
"""Left, top, right and bottom edge in pixels."""


def read_mask(path: str | Path, size: tuple[int, int]) -> np.ndarray:
    """Return a mask as booleans of shape (height, width); what is brighter than half is inside.

    Args:
        path: An image of one channel, 0 outside and 255 inside.
        size: Width and height of the image it belongs to.

    Raises:
        Problem: The file is missing or no image, or has another size.
    """
    try:
        with Image.open(path) as image:
            mask = image.convert("L")
    except (UnidentifiedImageError, OSError) as error:
        raise Problem(
            f"The mask {path} cannot be read ({error}); make it again, or leave its cell empty in"
            " the table of attributes."
        ) from error
    if mask.size != size:
        raise Problem(
            f"The mask {path} is {mask.size[0]} x {mask.size[1]} pixels and its image"
            f" {size[0]} x {size[1]}; make masks of the image's size."
        )
    return np.asarray(mask) > 127


def seen_box(model: Any, size: tuple[int, int], rows: int, columns: int) -> Box:
    """Return the part of an image that a checkpoint sees: its processor may crop.

    A picture whose red and green tell the place is put through the processor; the patches then say
    where they come from.

    Args:
        model: A `LocalModel`.
        size: Width and height of the image.
        rows: Rows of patches of the vision encoder.
        columns: Columns of patches.
    """
    width, height = size
    ramp = np.zeros((height, width, 3), np.uint8)
    ramp[..., 0] = np.round((np.arange(width) + 0.5) / width * 255)
    ramp[..., 1] = np.round((np.arange(height) + 0.5) / height * 255)[:, None]
    processor = model.processor.image_processor
    seen = processor(Image.fromarray(ramp), do_normalize=False, return_tensors="np")
    across, down = _means(seen, processor, rows, columns)
    left, right = _edges(across.mean(0), width)
    top, bottom = _edges(down.mean(1), height)
    return left, top, right, bottom


def _means(seen: Any, processor: Any, rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean red and green of every patch, each of shape (rows, columns), 0 to 1."""
    pixels = np.asarray(seen["pixel_values"])
    if pixels.ndim == 2:
        # Patches in a row, merge block by merge block; channels come first in each of them.
        merge = processor.merge_size
        values = pixels.reshape(len(pixels), 3, -1).mean(-1)
        laid = values.reshape(-1, rows // merge, columns // merge, merge, merge, 3)[0]
        flat = laid.transpose(0, 2, 1, 3, 4).reshape(rows, columns, 3)
        return flat[..., 0], flat[..., 1]
    pixels = pixels.reshape(-1, *pixels.shape[-3:])[0]
    height, width = pixels.shape[-2] // rows, pixels.shape[-1] // columns
    cut = pixels[:, : rows * height, : columns * width]
    flat = cut.reshape(3, rows, height, columns, width).mean((2, 4))
    return flat[0], flat[1]


def _edges(centres: np.ndarray, length: int) -> tuple[int, int]:
    """Edges, in pixels, of evenly spaced patches with the given centres (0 to 1)."""
    if len(centres) == 1:
        return 0, length
    half = (centres[-1] - centres[0]) / (len(centres) - 1) / 2
    edges = np.array([centres[0] - half, centres[-1] + half]) * length
    low, high = np.clip(np.round(edges), 0, length).astype(int)
    return int(low), int(high)


def spread(grid: np.ndarray, box: Box, size: tuple[int, int]) -> np.ndarray:
    """Lay a map over patches out on the pixels of its image; what is not seen gets 0.

    Args:
        grid: Shape (rows, columns), not negative.
        box: What the model sees of the image.
        size: Width and height of the image.

    Returns:
        Shape (height, width); every pixel has the value of its patch.
    """
    left, top, right, bottom = box
    rows = np.arange(bottom - top) * grid.shape[0] // max(1, bottom - top)
    columns = np.arange(right - left) * grid.shape[1] // max(1, right - left)
    laid = np.zeros((size[1], size[0]))
    laid[top:bottom, left:right] = grid[rows][:, columns]
    return laid


def share_inside(heat: np.ndarray, region: np.ndarray) -> float:
    """Return how much of a map lies inside a region, 0 to 1; NaN for a map without any value.

    Args:
        heat: Shape (height, width), not negative.
        region: Booleans of the same shape.
    """
    total = float(heat.sum())
    return float(heat[region].sum()) / total if total > 0 else float("nan")


def intersection_over_union(heat: np.ndarray, region: np.ndarray) -> float:
    """Return the overlap of a region with the hot part of a map; NaN for a map without any value.

    Hot is what reaches half of the map's greatest value.
    """
    if heat.max() <= 0:
        return float("nan")
    hot = heat >= heat.max() / 2
    return float((hot & region).sum() / (hot | region).sum())
