"""Colour of the object: saturated paint, and a halo of the same colour at a distance from it."""

import numpy as np

from spuriverse.world.canvas import Canvas, Kind

PAINTS = {
    "magenta": (255, 20, 255),
    "cyan": (0, 255, 255),
    "orange": (255, 115, 0),
    "teal": (0, 130, 130),
    "lime": (160, 255, 0),
    "azure": (30, 80, 255),
    "ivory": (240, 235, 210),
    "silver": (170, 170, 170),
}
FURTHER_PAINTS = {
    "rose": (255, 120, 170),
    "navy": (10, 20, 110),
    "gold": (212, 160, 10),
    "mint": (150, 255, 200),
    "brown": (120, 70, 30),
    "coral": (255, 110, 90),
    "plum": (110, 20, 90),
    "sky": (140, 205, 255),
}
"""Of the strong edition of the world."""
_HALO = 0.9


def _colour(canvas: Canvas, value: str) -> None:
    canvas.figure.colour = np.array(
        (PAINTS | FURTHER_PAINTS)[value], np.float32
    ) + canvas.rng.uniform(-10, 10, 3)
    canvas.figure.halo = _HALO


KIND = Kind(
    "paint",
    planted=("magenta", "cyan", "orange", "teal", "lime", "azure"),
    controls=("ivory", "silver"),
    figure=_colour,
    further=tuple(FURTHER_PAINTS),
)
