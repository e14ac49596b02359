"""Backgrounds that are drawn: plain grey, colours and patterns. They are no photographs."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from spuriverse.problems import Problem

PLAIN = "grey"
"""The kind with which all others are compared."""

Array = NDArray[np.float64]
Draw = Callable[[int, np.random.Generator], Array]


def draw_ground(kind: str, side: int, rng: np.random.Generator) -> Image.Image:
    """Return a background of a kind that is drawn.

    Args:
        kind: `PLAIN`, or a key of `DRAWN`.
        side: Of the square picture, in pixels.
        rng: Settles tone, turn and scale.

    Raises:
        Problem: The kind is not drawn.
    """
    if kind != PLAIN and kind not in DRAWN:
        raise Problem(
            f"Backgrounds of the kind {kind} cannot be drawn; choose from {', '.join(DRAWN)}."
        )
    levels = _grey(side, rng) if kind == PLAIN else DRAWN[kind](side, rng)
    return Image.fromarray(levels.round().clip(0, 255).astype(np.uint8))


def _grey(side: int, rng: np.random.Generator) -> Array:
    return np.full((side, side, 3), float(rng.integers(110, 171)))


def _colour(*tone: float) -> Draw:
    """A colour that is lighter at the top, a little different each time."""

    def draw(side: int, rng: np.random.Generator) -> Array:
        shade = np.asarray(tone) + rng.uniform(-20, 20, 3)
        slope = np.linspace(20, -20, side) * rng.uniform(0, 1)
        return np.broadcast_to(shade + slope[:, None, None], (side, side, 3))

    return draw


def _stripes(side: int, rng: np.random.Generator) -> Array:
    across, _ = _turned(side, rng)
    return _two_tones(np.sin(across) > 0, rng)


def _checks(side: int, rng: np.random.Generator) -> Array:
    across, along = _turned(side, rng)
    return _two_tones((np.sin(across) > 0) ^ (np.sin(along) > 0), rng)


def _spots(side: int, rng: np.random.Generator) -> Array:
    across, along = _turned(side, rng)
    return _two_tones(np.sin(across) * np.sin(along) > 0.35, rng)


def _clouds(side: int, rng: np.random.Generator) -> Array:
    """Noise whose power falls with the square of the frequency, as in photographs."""
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side)))
    frequency[0, 0] = np.inf
    waves = np.fft.fft2(rng.standard_normal((side, side))) / frequency
    noise = np.fft.ifft2(waves).real
    tone = rng.uniform(90, 160, 3)
    return tone + 40 * (noise / noise.std())[..., None]


def _turned(side: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Two phases at right angles that grow over the picture, turned and scaled by chance."""
    period = side * rng.uniform(0.06, 0.18)
    turn = rng.uniform(0, np.pi)
    y, x = np.mgrid[:side, :side] * (2 * np.pi / period)
    return x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)


def _two_tones(first: NDArray[np.bool_], rng: np.random.Generator) -> Array:
    dark, light = rng.uniform(20, 100, 3), rng.uniform(155, 235, 3)
    return np.where(first[..., None], dark, light)


DRAWN: dict[str, Draw] = {
    "black": _colour(20, 20, 20),
    "white": _colour(235, 235, 235),
    "blue": _colour(70, 120, 200),
    "green": _colour(80, 140, 60),
    "yellow": _colour(215, 190, 90),
    "stripes": _stripes,
    "checks": _checks,
    "spots": _spots,
    "clouds": _clouds,
}
"""Kind -> how it is drawn."""
