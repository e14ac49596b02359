"""Orientation: the object is turned, and the tick at its top with it."""

from spuriverse.world.canvas import Canvas, Kind

_DEGREES = {"right-35": 35, "left-35": -35, "right-70": 70, "left-70": -70}


def _turn(canvas: Canvas, value: str) -> None:
    canvas.figure.angle += _DEGREES[value]


KIND = Kind("orientation", planted=tuple(_DEGREES), figure=_turn)
