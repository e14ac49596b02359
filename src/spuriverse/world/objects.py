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


def _box(left: float, top: float, right: float, bottom: float, filled: bool = True) -> Primitive:
    return ("rectangle", ((left, top), (right, bottom)), filled)


def _oval(left: float, top: float, right: float, bottom: float, filled: bool = True) -> Primitive:
    return ("ellipse", ((left, top), (right, bottom)), filled)


def _polygon(*points: Point, filled: bool = True) -> Primitive:
    return ("polygon", points, filled)


def _star(points: int, outer: float, inner: float) -> Primitive:
    corners = []
    for step in range(2 * points):
        radius = outer if step % 2 == 0 else inner
        angle = math.pi * step / points
        corners.append((0.5 + radius * math.sin(angle), 0.5 - radius * math.cos(angle)))
    return _polygon(*corners)


def _regular(sides: int, radius: float) -> Primitive:
    angles = [2 * math.pi * side / sides for side in range(sides)]
    return _polygon(*[(0.5 + radius * math.sin(a), 0.5 - radius * math.cos(a)) for a in angles])


_HALF_DISC = tuple(
    (0.5 - 0.46 * math.cos(math.pi * k / 24), 0.72 - 0.5 * math.sin(math.pi * k / 24))
    for k in range(25)
)

OBJECTS: dict[str, tuple[Primitive, ...]] = {
    "circle": (_oval(0.05, 0.05, 0.95, 0.95),),
    "ring": (_oval(0.05, 0.05, 0.95, 0.95), _oval(0.27, 0.27, 0.73, 0.73, False)),
    "square": (_box(0.06, 0.06, 0.94, 0.94),),
    "box": (_box(0.06, 0.06, 0.94, 0.94), _box(0.27, 0.27, 0.73, 0.73, False)),
    "triangle": (_polygon((0.5, 0.05), (0.96, 0.93), (0.04, 0.93)),),
    "pentagon": (_regular(5, 0.48),),
    "star": (_star(5, 0.5, 0.2),),
    "plus": (_box(0.05, 0.39, 0.95, 0.61), _box(0.39, 0.05, 0.61, 0.95)),
    "tee": (_box(0.05, 0.05, 0.95, 0.27), _box(0.39, 0.05, 0.61, 0.95)),
    "ell": (_box(0.08, 0.05, 0.3, 0.95), _box(0.08, 0.73, 0.94, 0.95)),
    "yoo": (
        _box(0.05, 0.05, 0.26, 0.95),
        _box(0.74, 0.05, 0.95, 0.95),
        _box(0.05, 0.74, 0.95, 0.95),
    ),
    "aitch": (
        _box(0.05, 0.05, 0.26, 0.95),
        _box(0.74, 0.05, 0.95, 0.95),
        _box(0.05, 0.4, 0.95, 0.6),
    ),
    "zed": (
        _box(0.05, 0.05, 0.95, 0.25),
        _box(0.05, 0.75, 0.95, 0.95),
        _polygon((0.95, 0.05), (0.66, 0.05), (0.05, 0.95), (0.34, 0.95)),
    ),
    "arrow": (
        _polygon((0.5, 0.03), (0.96, 0.5), (0.04, 0.5)),
        _box(0.36, 0.45, 0.64, 0.97),
    ),
    "chevron": (
        _polygon((0.04, 0.08), (0.5, 0.42), (0.96, 0.08), (0.96, 0.55), (0.5, 0.92), (0.04, 0.55)),
    ),
    "moon": (_oval(0.05, 0.05, 0.95, 0.95), _oval(0.4, 0.02, 1.28, 0.9, False)),
    "dome": (_polygon(*_HALF_DISC),),
    "heart": (
        _oval(0.05, 0.08, 0.53, 0.56),
        _oval(0.47, 0.08, 0.95, 0.56),
        _polygon((0.09, 0.44), (0.91, 0.44), (0.5, 0.95)),
    ),
    "hourglass": (_polygon((0.06, 0.05), (0.94, 0.05), (0.06, 0.95), (0.94, 0.95)),),
    "ladder": (
        _box(0.12, 0.04, 0.28, 0.96),
        _box(0.72, 0.04, 0.88, 0.96),
        _box(0.12, 0.14, 0.88, 0.27),
        _box(0.12, 0.44, 0.88, 0.57),
        _box(0.12, 0.74, 0.88, 0.87),
    ),
    "house": (
        _polygon((0.5, 0.03), (0.97, 0.47), (0.03, 0.47)),
        _box(0.14, 0.45, 0.86, 0.96),
        _box(0.41, 0.63, 0.6, 0.97, False),
    ),
    "key": (
        _oval(0.24, 0.03, 0.76, 0.5),
        _oval(0.4, 0.17, 0.6, 0.36, False),
        _box(0.42, 0.45, 0.57, 0.97),
        _box(0.5, 0.83, 0.82, 0.96),
        _box(0.5, 0.62, 0.76, 0.74),
    ),
    "umbrella": (
        _polygon(*[(x, y - 0.18) for x, y in _HALF_DISC]),
        _box(0.45, 0.5, 0.57, 0.95),
        _box(0.25, 0.84, 0.57, 0.95),
    ),
    "cup": (
        _oval(0.52, 0.22, 0.97, 0.7),
        _oval(0.61, 0.32, 0.87, 0.6, False),
        _polygon((0.06, 0.1), (0.72, 0.1), (0.64, 0.93), (0.14, 0.93)),
    ),
    "fish": (
        _oval(0.03, 0.24, 0.72, 0.76),
        _polygon((0.6, 0.5), (0.97, 0.16), (0.97, 0.84)),
    ),
}


@functools.cache
def object_mask(name: str) -> Image.Image:
    """Return the silhouette of an object as an 8-bit mask of 96 x 96 pixels.

    Args:
        name: A key of `OBJECTS`.

    Raises:
        KeyError: `name` is not an object of the world.
    """
    mask = Image.new("L", (_MASK_SIZE, _MASK_SIZE), 0)
    draw = ImageDraw.Draw(mask)
    for shape, points, filled in OBJECTS[name]:
        pixels = [(x * _MASK_SIZE, y * _MASK_SIZE) for x, y in points]
        getattr(draw, shape)(pixels, fill=255 if filled else 0)
    return mask
