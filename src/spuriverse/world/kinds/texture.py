"""Texture: a pattern of fixed phase whose period divides the vision tower's 16-pixel patch."""

import numpy as np

from spuriverse.world.canvas import COLUMNS, ROWS, Canvas, Kind

_AMPLITUDE = 44.0
_X, _Y = COLUMNS % 16, ROWS % 16
_PATTERNS = {
    "stripes": _Y < 8,
    "bars": (_X % 8) < 4,
    "checker": (_X < 8) ^ (_Y < 8),
    "dots": (_X - 7.5) ** 2 + (_Y - 7.5) ** 2 < 30,
    "grid": (_X < 4) | (_Y < 4),
    "diagonal": (_X + _Y) % 16 < 8,
    "bricks": (_Y % 8 < 2) | ((_X + 8 * (_Y < 8)) % 16 < 2),
    "lattice": ((_X + _Y) % 8 < 2) | ((_X - _Y) % 8 < 2),
    "weave": ((_X % 8) < 4) ^ (_Y < 8) ^ ((_X - _Y) % 16 < 8),
    "ribs": (_Y % 8) < 2,
    "planks": _X < 8,
    "slant": (_X - _Y) % 16 < 5,
    "rings": ((_X - 7.5) ** 2 + (_Y - 7.5) ** 2 > 20) & ((_X - 7.5) ** 2 + (_Y - 7.5) ** 2 < 52),
    "zigzag": (_Y + np.abs(_X - 8)) % 8 < 4,
    "crosses": (np.abs(_X - 7.5) < 2) | (np.abs(_Y - 7.5) < 2),
}
_FURTHER = ("ribs", "planks", "slant", "rings", "zigzag", "crosses")


def _draw(canvas: Canvas, value: str) -> None:
    pattern = _PATTERNS[value].astype(np.float32) * 2 - 1
    if canvas.scatter:
        reach = round(8 * canvas.scatter)
        shift = canvas.rng.integers(-reach, reach + 1, 2)
        pattern = np.roll(pattern, tuple(shift), (0, 1))
    # The pattern is fainter behind the object: it should mislead, not hide.
    fade = 0.4 + 0.6 * canvas.away_from_centre(12, 20)
    strength = _AMPLITUDE * canvas.rng.uniform(0.9, 1.1) * fade
    canvas.pixels = canvas.pixels + (pattern * strength)[..., None]


KIND = Kind(
    "texture",
    planted=("stripes", "bars", "checker", "dots", "grid", "diagonal", "bricks"),
    controls=("lattice", "weave"),
    background=_draw,
    further=_FURTHER,
)
