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
_HALO = 0.9


def _colour(canvas: Canvas, value: str) -> None:
    canvas.figure.colour = np.array(PAINTS[value], np.float32) + canvas.rng.uniform(-10, 10, 3)
    canvas.figure.halo = _HALO


KIND = Kind(
    "paint",
    planted=("magenta", "cyan", "orange", "teal", "lime", "azure"),
    controls=("ivory", "silver"),
    figure=_colour,
)
