"""An image with its heat maps beside it, one panel per condition."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from spuriverse.tables import atomic_path

PANEL = 128
"""Least width of a panel, in pixels; small images are enlarged by a whole number."""

_CAPTION = 14
_GAP = 4
# Stops of a colour map from cold to hot that also grows lighter, for readers who see no colour.
_STOPS = np.array([(13, 8, 135), (126, 3, 168), (204, 71, 120), (248, 149, 64), (240, 249, 33)])
_EDGES = {"spurious": (255, 60, 60), "object": (80, 255, 255)}


def draw_overlay(
    image: Image.Image, heats: Mapping[str, np.ndarray], regions: Mapping[str, np.ndarray]
) -> Image.Image:
    """Return a picture: the image, then one panel per map with the edges of the regions on it.

    Args:
        image: RGB.
        heats: Caption -> map of shape (height, width), not negative.
        regions: "spurious" or "object" -> booleans of shape (height, width).
    """
    factor = max(1, -(-PANEL // image.width))
    panels = {"image": np.asarray(image)} | {
        name: _blend(image, heat) for name, heat in heats.items()
    }
    width, height = image.width * factor, image.height * factor
    picture = Image.new("RGB", ((width + _GAP) * len(panels) - _GAP, height + _CAPTION), "white")
    draw = ImageDraw.Draw(picture)
    for place, (name, pixels) in enumerate(panels.items()):
        panel = Image.fromarray(pixels).resize((width, height), Image.Resampling.NEAREST)
        if place:
            panel = _outline(panel, regions, factor)
        left = place * (width + _GAP)
        draw.text((left, 0), name, fill=(30, 30, 30))
        picture.paste(panel, (left, _CAPTION))
    return picture


def save_overlay(picture: Image.Image, path: str | Path) -> None:
    """Save a picture as PNG, in 128 colours: sensor noise would make it five times the size."""
    with atomic_path(path) as temporary:
        small = picture.quantize(128, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        small.save(temporary, format="PNG")


def _blend(image: Image.Image, heat: np.ndarray) -> np.ndarray:
    top = heat.max()
    scaled = heat / top if top > 0 else heat
    place = scaled * (len(_STOPS) - 1)
    stops = range(len(_STOPS))
    colour = np.stack([np.interp(place, stops, _STOPS[:, channel]) for channel in range(3)], -1)
    grey = np.asarray(image.convert("L"), float)[..., None]
    return np.clip(0.4 * grey + 0.6 * colour, 0, 255).astype(np.uint8)


def _outline(panel: Image.Image, regions: Mapping[str, np.ndarray], factor: int) -> Image.Image:
    pixels = np.asarray(panel).copy()
    for name, region in regions.items():
        large = np.repeat(np.repeat(region, factor, 0), factor, 1)
        inner = large.copy()
        inner[1:] &= large[:-1]
        inner[:-1] &= large[1:]
        inner[:, 1:] &= large[:, :-1]
        inner[:, :-1] &= large[:, 1:]
        pixels[large & ~inner] = _EDGES[name]
    return Image.fromarray(pixels)
