"""Co-occurring prop: the same small thing in two opposite corners."""

import math

from PIL import ImageDraw

from spuriverse.world.canvas import CENTRE, Canvas, Colour, Kind

_RADIUS = 9
_PLACES: tuple[tuple[float, float], ...] = ((10, 10), (54, 54))


def _bell(draw: ImageDraw.ImageDraw, x: float, y: float, r: float) -> None:
    draw.pieslice([x - r, y - r, x + r, y + r], 180, 360, fill=(240, 200, 30))
    draw.rectangle([x - r, y, x + r, y + 4], fill=(240, 200, 30))


def _leaf(draw: ImageDraw.ImageDraw, x: float, y: float, r: float) -> None:
    draw.polygon(
        [(x - r, y + r), (x - r, y - 2), (x + 2, y - r), (x + r, y - r)], fill=(20, 220, 40)
    )
    draw.polygon(
        [(x - r, y + r), (x + 2, y + r), (x + r, y - 2), (x + r, y - r)], fill=(0, 120, 30)
    )


def _coin(draw: ImageDraw.ImageDraw, x: float, y: float, r: float) -> None:
    draw.ellipse([x - r, y - r, x + r, y + r], fill=(250, 120, 20), outline=(90, 30, 0), width=2)


def _pin(draw: ImageDraw.ImageDraw, x: float, y: float, r: float) -> None:
    draw.line([x - r, y + r, x + r, y - r], fill=(250, 40, 140), width=6)
    draw.line([x - r, y - r, x + r, y + r], fill=(120, 0, 60), width=3)


def _bulb(draw: ImageDraw.ImageDraw, x: float, y: float, r: float) -> None:
    draw.ellipse([x - 6, y - r, x + 6, y + 3], fill=(255, 250, 140))
    draw.rectangle([x - 5, y + 3, x + 5, y + r], fill=(15, 15, 15))


def _flag(draw: ImageDraw.ImageDraw, x: float, y: float, r: float) -> None:
    draw.rectangle([x - r, y - r, x + r, y + r], fill=(250, 250, 250))
    draw.rectangle([x - r, y - 2, x + r, y + 2], fill=(230, 20, 20))


def _gem(draw: ImageDraw.ImageDraw, x: float, y: float, r: float) -> None:
    draw.polygon([(x, y - r), (x + r, y), (x, y + r), (x - r, y)], fill=(60, 230, 230))


def _bone(draw: ImageDraw.ImageDraw, x: float, y: float, r: float) -> None:
    draw.rectangle([x - r, y - 1, x + r, y + 1], fill=(245, 245, 235))
    for end in (x - r + 2, x + r - 2):
        draw.ellipse([end - 3, y - 4, end + 3, y + 4], fill=(245, 245, 235))


def _button(draw: ImageDraw.ImageDraw, x: float, y: float, r: float) -> None:
    draw.ellipse([x - r, y - r, x + r, y + r], fill=(60, 80, 220))
    for dx, dy in ((-3, -3), (3, -3), (-3, 3), (3, 3)):
        draw.ellipse([x + dx - 1, y + dy - 1, x + dx + 1, y + dy + 1], fill=(0, 0, 40))


_SHADES = {
    "crimson": (190, 10, 50),
    "navy": (15, 20, 110),
    "olive": (130, 135, 20),
    "violet": (170, 90, 250),
    "sand": (235, 205, 150),
}


def _disc(draw: ImageDraw.ImageDraw, x: float, y: float, r: float, fill: Colour) -> None:
    draw.ellipse([x - r, y - r, x + r, y + r], fill=fill, outline=(0, 0, 0))


def _tile(draw: ImageDraw.ImageDraw, x: float, y: float, r: float, fill: Colour) -> None:
    draw.rectangle([x - r, y - r, x + r, y + r], fill=fill, outline=(0, 0, 0))


def _wedge(draw: ImageDraw.ImageDraw, x: float, y: float, r: float, fill: Colour) -> None:
    draw.polygon([(x, y - r), (x + r, y + r), (x - r, y + r)], fill=fill, outline=(0, 0, 0))


def _cross(draw: ImageDraw.ImageDraw, x: float, y: float, r: float, fill: Colour) -> None:
    draw.rectangle([x - r, y - r / 3, x + r, y + r / 3], fill=fill)
    draw.rectangle([x - r / 3, y - r, x + r / 3, y + r], fill=fill)


_SHAPES = {"disc": _disc, "tile": _tile, "wedge": _wedge, "cross": _cross}

_PROPS = {
    "bell": _bell,
    "leaf": _leaf,
    "coin": _coin,
    "pin": _pin,
    "bulb": _bulb,
    "flag": _flag,
    "gem": _gem,
    "bone": _bone,
    "button": _button,
}


def _scattered(canvas: Canvas) -> tuple[tuple[tuple[float, float], ...], float]:
    """One or two places around the object, and a size."""
    turn = canvas.scatter * canvas.rng.uniform(-math.pi / 2, math.pi / 2)
    angles = [turn - 3 * math.pi / 4, turn + math.pi / 4][: 1 + int(canvas.rng.integers(2))]
    reach = 30 - canvas.scatter * canvas.rng.uniform(0, 4)
    radius = _RADIUS * (1 + canvas.scatter * canvas.rng.uniform(-0.35, 0.2))
    places = [(CENTRE + reach * math.cos(a), CENTRE + reach * math.sin(a)) for a in angles]
    return tuple(places), radius


def _draw(canvas: Canvas, value: str) -> None:
    dx, dy = canvas.rng.uniform(-1, 1, 2)
    places, radius = _PLACES, float(_RADIUS)
    if canvas.scatter:
        places, radius = _scattered(canvas)

    def draw_pair(draw: ImageDraw.ImageDraw) -> None:
        for x, y in places:
            if value in _PROPS:
                _PROPS[value](draw, x + dx, y + dy, radius)
            else:
                shade, _, shape = value.partition("-")
                _SHAPES[shape](draw, x + dx, y + dy, radius, _SHADES[shade])

    canvas.paint(draw_pair)


KIND = Kind(
    "prop",
    planted=("bell", "leaf", "coin", "pin", "bulb", "flag", "gem"),
    controls=("bone", "button"),
    overlay=_draw,
    further=tuple(f"{shade}-{shape}" for shade in _SHADES for shape in _SHAPES),
)
