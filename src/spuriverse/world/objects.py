"""The objects of the embedded world and their ordinary colours.

Every object is a silhouette drawn from a few primitives on the unit square (x to the right, y
downwards). No two are the same under a rotation by a multiple of 45 degrees, so that an
orientation never turns one object into another.
"""

import functools
import math

from PIL import Image, ImageDraw

Point = tuple[float, float]
# (shape, coordinates, filled): an unfilled primitive cuts a hole.
Primitive = tuple[str, tuple[Point, ...], bool]

COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (205, 60, 55),
    "green": (60, 160, 75),
    "blue": (60, 90, 200),
    "yellow": (215, 190, 60),
    "purple": (150, 70, 170),
    "white": (225, 225, 225),
}

_MASK_SIZE = 96


def box(left: float, top: float, right: float, bottom: float, filled: bool = True) -> Primitive:
    """Return a rectangle; an unfilled one is a hole."""
    return ("rectangle", ((left, top), (right, bottom)), filled)


def oval(left: float, top: float, right: float, bottom: float, filled: bool = True) -> Primitive:
    """Return an ellipse within a rectangle; an unfilled one is a hole."""
    return ("ellipse", ((left, top), (right, bottom)), filled)


def polygon(*points: Point, filled: bool = True) -> Primitive:
    """Return a polygon with these corners; an unfilled one is a hole."""
    return ("polygon", points, filled)


def _star(points: int, outer: float, inner: float) -> Primitive:
    corners = []
    for step in range(2 * points):
        radius = outer if step % 2 == 0 else inner
        angle = math.pi * step / points
        corners.append((0.5 + radius * math.sin(angle), 0.5 - radius * math.cos(angle)))
    return polygon(*corners)


def regular(sides: int, radius: float) -> Primitive:
    """Return a polygon with equal sides around the middle, one corner at the top."""
    angles = [2 * math.pi * side / sides for side in range(sides)]
    return polygon(*[(0.5 + radius * math.sin(a), 0.5 - radius * math.cos(a)) for a in angles])


_HALF_DISC = tuple(
    (0.5 - 0.46 * math.cos(math.pi * k / 24), 0.72 - 0.5 * math.sin(math.pi * k / 24))
    for k in range(25)
)

OBJECTS: dict[str, tuple[Primitive, ...]] = {
    "circle": (oval(0.05, 0.05, 0.95, 0.95),),
    "ring": (oval(0.05, 0.05, 0.95, 0.95), oval(0.27, 0.27, 0.73, 0.73, False)),
    "square": (box(0.06, 0.06, 0.94, 0.94),),
    "box": (box(0.06, 0.06, 0.94, 0.94), box(0.27, 0.27, 0.73, 0.73, False)),
    "triangle": (polygon((0.5, 0.05), (0.96, 0.93), (0.04, 0.93)),),
    "pentagon": (regular(5, 0.48),),
    "star": (_star(5, 0.5, 0.2),),
    "plus": (box(0.05, 0.39, 0.95, 0.61), box(0.39, 0.05, 0.61, 0.95)),
    "tee": (box(0.05, 0.05, 0.95, 0.27), box(0.39, 0.05, 0.61, 0.95)),
    "ell": (box(0.08, 0.05, 0.3, 0.95), box(0.08, 0.73, 0.94, 0.95)),
    "yoo": (
        box(0.05, 0.05, 0.26, 0.95),
        box(0.74, 0.05, 0.95, 0.95),
        box(0.05, 0.74, 0.95, 0.95),
    ),
    "aitch": (
        box(0.05, 0.05, 0.26, 0.95),
        box(0.74, 0.05, 0.95, 0.95),
        box(0.05, 0.4, 0.95, 0.6),
    ),
    "zed": (
        box(0.05, 0.05, 0.95, 0.25),
        box(0.05, 0.75, 0.95, 0.95),
        polygon((0.95, 0.05), (0.66, 0.05), (0.05, 0.95), (0.34, 0.95)),
    ),
    "arrow": (
        polygon((0.5, 0.03), (0.96, 0.5), (0.04, 0.5)),
        box(0.36, 0.45, 0.64, 0.97),
    ),
    "chevron": (
        polygon((0.04, 0.08), (0.5, 0.42), (0.96, 0.08), (0.96, 0.55), (0.5, 0.92), (0.04, 0.55)),
    ),
    "moon": (oval(0.05, 0.05, 0.95, 0.95), oval(0.4, 0.02, 1.28, 0.9, False)),
    "dome": (polygon(*_HALF_DISC),),
    "heart": (
        oval(0.05, 0.08, 0.53, 0.56),
        oval(0.47, 0.08, 0.95, 0.56),
        polygon((0.09, 0.44), (0.91, 0.44), (0.5, 0.95)),
    ),
    "hourglass": (polygon((0.06, 0.05), (0.94, 0.05), (0.06, 0.95), (0.94, 0.95)),),
    "ladder": (
        box(0.12, 0.04, 0.28, 0.96),
        box(0.72, 0.04, 0.88, 0.96),
        box(0.12, 0.14, 0.88, 0.27),
        box(0.12, 0.44, 0.88, 0.57),
        box(0.12, 0.74, 0.88, 0.87),
    ),
    "house": (
        polygon((0.5, 0.03), (0.97, 0.47), (0.03, 0.47)),
        box(0.14, 0.45, 0.86, 0.96),
        box(0.41, 0.63, 0.6, 0.97, False),
    ),
    "key": (
        oval(0.24, 0.03, 0.76, 0.5),
        oval(0.4, 0.17, 0.6, 0.36, False),
        box(0.42, 0.45, 0.57, 0.97),
        box(0.5, 0.83, 0.82, 0.96),
        box(0.5, 0.62, 0.76, 0.74),
    ),
    "umbrella": (
        polygon(*[(x, y - 0.18) for x, y in _HALF_DISC]),
        box(0.45, 0.5, 0.57, 0.95),
        box(0.25, 0.84, 0.57, 0.95),
    ),
    "cup": (
        oval(0.52, 0.22, 0.97, 0.7),
        oval(0.61, 0.32, 0.87, 0.6, False),
        polygon((0.06, 0.1), (0.72, 0.1), (0.64, 0.93), (0.14, 0.93)),
    ),
    "fish": (
        oval(0.03, 0.24, 0.72, 0.76),
        polygon((0.6, 0.5), (0.97, 0.16), (0.97, 0.84)),
    ),
}


@functools.cache
def object_mask(name: str) -> Image.Image:
    """Return the silhouette of an object as an 8-bit mask of 96 x 96 pixels.

    Args:
        name: A key of `OBJECTS` or of `FURTHER_OBJECTS`.

    Raises:
        KeyError: `name` is an object of no edition of the world.
    """
    from spuriverse.world.further_objects import FURTHER_OBJECTS

    mask = Image.new("L", (_MASK_SIZE, _MASK_SIZE), 0)
    draw = ImageDraw.Draw(mask)
    for shape, points, filled in (OBJECTS | FURTHER_OBJECTS)[name]:
        pixels = [(x * _MASK_SIZE, y * _MASK_SIZE) for x, y in points]
        getattr(draw, shape)(pixels, fill=255 if filled else 0)
    return mask
