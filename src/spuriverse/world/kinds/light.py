"""Lighting and shadows: a gradient, a beam or a shadow over the finished picture."""

import numpy as np

from spuriverse.world.canvas import CENTRE, COLUMNS, ROWS, SIZE, Canvas, Kind

_DOWN, _RIGHT = ROWS / SIZE, COLUMNS / SIZE


def _disc(x: float, y: float, width: float) -> np.ndarray:
    return np.exp(-((COLUMNS - x) ** 2 + (ROWS - y) ** 2) / (2 * width**2))


# value -> (factor on the pixels, colour added, weight of that colour)
_TINTS = {
    "sunset": ((75, 8, -45), _DOWN),
    "dawn": ((62, -8, 44), 1 - _DOWN),
    "dusk": ((-38, -16, 70), _RIGHT),
    "neon": ((-45, 62, -25), 1 - _RIGHT),
    "candle": ((85, -30, -30), _RIGHT),
    "aurora": ((-45, 35, 60), 1 - _DOWN),
    "glare": ((110, 110, 110), _disc(12, 12, 9)),
    "rose-light": ((90, -20, 20), 1 - _DOWN),
    "moss-light": ((-30, 60, -50), _DOWN),
    "lake-light": ((-60, -10, 90), 1 - _RIGHT),
    "honey-light": ((80, 60, -60), 1 - _RIGHT),
    "plum-light": ((50, -50, 70), _RIGHT),
    "milk-light": ((75, 75, 75), _DOWN),
}
_FURTHER = ("rose-light", "moss-light", "lake-light", "honey-light", "plum-light", "milk-light")
_SHADES = {
    "spotlight": 0.3 + 0.9 * _disc(CENTRE, CENTRE, 19),
    "shade": 0.3 + 0.7 * (COLUMNS > 18),
}


def _shine(canvas: Canvas, value: str) -> None:
    if value == "fog":
        canvas.blend((190, 190, 190), np.full((SIZE, SIZE), 0.4, np.float32))
    elif value in _SHADES:
        canvas.pixels = canvas.pixels * _SHADES[value][..., None]
    else:
        colour, weight = _TINTS[value]
        strength = canvas.rng.uniform(0.85, 1.15)
        if canvas.scatter:
            strength = strength * (1 + canvas.scatter * canvas.rng.uniform(-0.25, 0.25))
        canvas.pixels = canvas.pixels + strength * weight[..., None] * np.array(colour, np.float32)


KIND = Kind(
    "light",
    planted=("sunset", "dawn", "dusk", "neon", "candle", "aurora"),
    controls=("spotlight", "shade", "glare", "fog"),
    light=_shine,
    further=_FURTHER,
)
