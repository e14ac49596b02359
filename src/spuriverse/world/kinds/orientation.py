"""Orientation: the object is turned, and the tick at its top with it."""

from spuriverse.world.canvas import Canvas, Kind

_DEGREES = {"right-20": 20, "left-20": -20}


def _turn(canvas: Canvas, value: str) -> None:
    canvas.figure.angle += _DEGREES[value]


KIND = Kind("orientation", planted=tuple(_DEGREES), figure=_turn)
