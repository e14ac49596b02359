"""Relative size: the object is unusually wide or tall, but stays legible."""

from spuriverse.world.canvas import Canvas, Kind

_WIDTH_AND_HEIGHT = {
    "wide": (39, 25),
    "tall": (25, 39),
}


def _resize(canvas: Canvas, value: str) -> None:
    width, height = _WIDTH_AND_HEIGHT[value]
    jitter = canvas.rng.uniform(-1, 1)
    canvas.figure.width, canvas.figure.height = width + jitter, height + jitter


KIND = Kind("size", planted=tuple(_WIDTH_AND_HEIGHT), figure=_resize)
