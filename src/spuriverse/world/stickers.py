"""The props of the world as small pictures of their own."""

import numpy as np
from PIL import Image

from spuriverse.world.canvas import CENTRE, SIZE, Canvas, Figure
from spuriverse.world.kinds import KINDS

_SIDE = 21


def draw_stickers() -> dict[str, Image.Image]:
    """Draw every prop alone, on a transparent ground.

    Returns:
        Name of a prop -> an RGBA image of 21 x 21 pixels, planted props and controls alike.
    """
    return {value: _draw(value) for value in KINDS["prop"].values}


def _draw(value: str) -> Image.Image:
    overlay = KINDS["prop"].overlay
    assert overlay is not None
    # What is the same on a black and on a white ground hides the ground.
    grounds = []
    for grey in (0.0, 255.0):
        pixels = np.full((SIZE, SIZE, 3), grey, np.float32)
        figure = Figure(SIZE, SIZE, CENTRE, CENTRE, 0.0, pixels[0, 0])
        canvas = Canvas(pixels, figure, np.random.default_rng(0))
        overlay(canvas, value)
        grounds.append(canvas.pixels[:_SIDE, :_SIDE])
    opaque = (grounds[0] == grounds[1]).all(-1)
    shown = np.dstack([grounds[0], opaque * 255]).astype(np.uint8)
    return Image.fromarray(shown, "RGBA")
