"""The regions of a picture, and what is measured in them."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

WHOLE = 1.0
"""The size of the region that is the whole picture."""

_COLOUR_SIDE, _COLOUR_GRID = 64, 8
_BANDS = 6


def place_windows(size: float, grid: int) -> np.ndarray:
    """Return the regions of one size, half a region apart.

    Args:
        size: Side of a region as a share of the picture's side, above 0 and at most 1.
        grid: Cells per side that the encoder tells apart.

    Returns:
        Shape (n, 4): left, top, right and bottom of each, in cells, row by row.
    """
    cells = max(1, round(size * grid))
    starts = range(0, grid - cells + 1, max(1, cells // 2))
    return np.array([(x, y, x + cells, y + cells) for y in starts for x in starts])


def pool_windows(cells: np.ndarray, windows: np.ndarray) -> np.ndarray:
    """Return the mean of the cells in every region.

    Args:
        cells: Shape (n, grid, grid, width).
        windows: Regions as `place_windows` returns them, k of them.

    Returns:
        Shape (n, k, width).
    """
    return np.stack([cells[:, y0:y1, x0:x1].mean(axis=(1, 2)) for x0, y0, x1, y1 in windows], 1)


def measure_colours(images: Sequence[Image.Image]) -> np.ndarray:
    """Return colour and texture of the cells of some pictures, for want of a vision tower.

    Args:
        images: n pictures, RGB.

    Returns:
        float32 of the shape (n, 8, 8, 8): mean and spread of each channel, and how much brightness
        changes from left to right and from top to bottom.
    """
    pixels = _shrunk(images)
    grey = pixels.mean(axis=-1)
    across = np.abs(np.diff(grey, axis=2, append=grey[:, :, -1:]))
    down = np.abs(np.diff(grey, axis=1, append=grey[:, -1:]))
    cells = _in_cells(np.concatenate([pixels, across[..., None], down[..., None]], axis=-1))
    means, spreads = cells.mean(axis=(4, 5)), cells[:, :, :, :3].std(axis=(4, 5))
    return np.concatenate([means[..., :3], spreads, means[..., 3:]], axis=-1)


def measure_whole(images: Sequence[Image.Image]) -> np.ndarray:
    """Return what light, view and grain of whole pictures are like.

    Args:
        images: n pictures, RGB.

    Returns:
        float32 of the shape (n, 14): mean and spread of each channel, brightness of the upper half
        beyond the lower and of the left beyond the right, and the logarithm of the spectrum in six
        bands from coarse to fine.
    """
    pixels = _shrunk(images)
    grey, half = pixels.mean(axis=-1), _COLOUR_SIDE // 2
    slopes = [
        grey[:, :half].mean(axis=(1, 2)) - grey[:, half:].mean(axis=(1, 2)),
        grey[:, :, :half].mean(axis=(1, 2)) - grey[:, :, half:].mean(axis=(1, 2)),
    ]
    colours = [pixels.mean(axis=(1, 2)), pixels.std(axis=(1, 2))]
    measured = [*colours, np.stack(slopes, axis=1), _spectrum(grey)]
    return np.concatenate(measured, axis=1).astype(np.float32)


def _spectrum(grey: np.ndarray) -> np.ndarray:
    power = np.abs(np.fft.rfft2(grey - grey.mean(axis=(1, 2), keepdims=True))) ** 2
    frequency = np.hypot(
        np.fft.fftfreq(_COLOUR_SIDE)[:, None], np.fft.rfftfreq(_COLOUR_SIDE)[None, :]
    )
    edges = np.geomspace(1 / _COLOUR_SIDE, 0.5, _BANDS)
    band = np.digitize(frequency, edges)
    shares = [power[:, band == number].mean(axis=1) for number in range(1, _BANDS + 1)]
    return np.log(np.stack(shares, axis=1) + 1e-6)


def _shrunk(images: Sequence[Image.Image]) -> np.ndarray:
    """Shape (n, 64, 64, 3), from 0 to 1."""
    side = (_COLOUR_SIDE, _COLOUR_SIDE)
    small = [i if i.size == side else i.resize(side, Image.Resampling.BOX) for i in images]
    return np.stack([np.asarray(image.convert("RGB"), dtype=np.float32) for image in small]) / 255


def _in_cells(pixels: np.ndarray) -> np.ndarray:
    """Shape (n, grid, grid, channel, y, x)."""
    step = _COLOUR_SIDE // _COLOUR_GRID
    n, channels = len(pixels), pixels.shape[-1]
    cells = pixels.reshape(n, _COLOUR_GRID, step, _COLOUR_GRID, step, channels)
    return cells.transpose(0, 1, 3, 5, 2, 4)
