"""Perspective and angle: walls and floor in two tones; a tilted view makes the object lean."""

import numpy as np

from spuriverse.world.canvas import CENTRE, COLUMNS, ROWS, Canvas, Kind

_AMPLITUDE = 52.0
_LEAN = {"tilt-left": 0.3, "tilt-right": -0.3}


def _walls(canvas: Canvas, value: str) -> None:
    x, y = (
        grid - CENTRE + shift
        for grid, shift in zip((COLUMNS, ROWS), canvas.rng.uniform(-2, 2, 2), strict=True)
    )
    if canvas.scatter:
        x, y = (grid + canvas.scatter * canvas.rng.uniform(-5, 5) for grid in (x, y))
    sides = {
        "tilt-left": y > 0.55 * x,
        "tilt-right": y > -0.55 * x,
        "from-above": y > -13,
        "from-below": y > 13,
        "corner": x > np.abs(y) * 0.6 - 8,
        "hall": np.abs(x) > np.abs(y),
    }
    tone = sides[value].astype(np.float32) * 2 - 1
    tone = tone * (0.5 + 0.5 * canvas.away_from_centre(12, 20))
    canvas.pixels = canvas.pixels + _AMPLITUDE * tone[..., None]


def _lean(canvas: Canvas, value: str) -> None:
    canvas.figure.lean = _LEAN.get(value, 0.0)


KIND = Kind(
    "view",
    planted=("tilt-left", "tilt-right", "from-above", "from-below", "corner", "hall"),
    background=_walls,
    figure=_lean,
)
