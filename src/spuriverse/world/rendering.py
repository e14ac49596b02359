"""Render a scene of the embedded world: a pure function of the scene and the optics."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageDraw

from spuriverse.problems import Problem
from spuriverse.world.canvas import CENTRE, COLUMNS, ROWS, SIZE, Canvas, Figure
from spuriverse.world.further_objects import FURTHER_OBJECTS
from spuriverse.world.kinds import KINDS
from spuriverse.world.objects import COLOURS, OBJECTS, object_mask

DOT_PLACES: dict[str, tuple[int, int]] = {
    "left": (8, 24),
    "right": (56, 40),
    "top": (42, 8),
    "bottom": (22, 56),
}


@dataclass(frozen=True)
class Scene:
    """Everything that determines an image, but for the optics.

    Attributes:
        object: A key of `OBJECTS`.
        colour: A key of `COLOURS`.
        dots: Places of the white dots, keys of `DOT_PLACES`, one to four.
        attributes: Attributes such as "scene:meadow", at most one of a kind.
        seed: Jitter and noise. Two scenes that differ in their attributes alone differ in
            nothing else of the picture.
    """

    object: str
    colour: str
    dots: tuple[str, ...]
    attributes: tuple[str, ...]
    seed: int


@dataclass(frozen=True)
class Optics:
    """How a scene becomes an image.

    Attributes:
        noise: Of the sensor, standard deviation in grey levels.
        contrast: Of the object, 0 to 1.
        scatter: How far places and sizes of attributes vary, 0 to 1.
    """

    noise: float = 8.0
    contrast: float = 1.0
    scatter: float = 0.0


def split_attribute(attribute: str) -> tuple[str, str]:
    """Return kind and value of an attribute such as "scene:meadow".

    Raises:
        Problem: The world has no such attribute.
    """
    kind, _, value = attribute.partition(":")
    if kind not in KINDS or value not in KINDS[kind].drawn:
        known = ", ".join(KINDS[kind].drawn if kind in KINDS else KINDS)
        raise Problem(f"The embedded world has no attribute '{attribute}'; it knows {known}.")
    return kind, value


def render(scene: Scene, optics: Optics) -> np.ndarray:
    """Render one scene.

    Returns:
        uint8 array of shape (64, 64, 3).

    Raises:
        Problem: The scene names an object, colour, place or attribute that the world does not have.
    """
    _check(scene)
    canvas, dot_jitter, noise = _prepare(scene, optics)
    parts = [split_attribute(attribute) for attribute in scene.attributes]
    _apply("background", parts, canvas)
    _apply("figure", parts, canvas)
    _draw_object(scene.object, canvas)
    _apply("overlay", parts, canvas)
    _draw_dots(scene.dots, dot_jitter, canvas)
    _apply("light", parts, canvas)
    return np.clip(canvas.pixels + noise, 0, 255).astype(np.uint8)


def render_all(scenes: Iterable[Scene], optics: Optics) -> np.ndarray:
    """Render scenes to a uint8 array of shape (n, 64, 64, 3)."""
    images = [render(scene, optics) for scene in scenes]
    return np.stack(images) if images else np.zeros((0, SIZE, SIZE, 3), np.uint8)


def object_region(scene: Scene) -> np.ndarray:
    """Return which pixels the object covers by more than half, booleans of shape (64, 64).

    Raises:
        Problem: As in `render`.
    """
    _check(scene)
    canvas, _, _ = _prepare(scene, Optics())
    parts = [split_attribute(attribute) for attribute in scene.attributes]
    _apply("background", parts, canvas)
    _apply("figure", parts, canvas)
    return _cover(scene.object, canvas.figure)[0] > 0.5


def attribute_region(scene: Scene, attribute: str, least: int = 24) -> np.ndarray:
    """Return which pixels an attribute of the scene changes, booleans of shape (64, 64).

    Args:
        scene: Shows the attribute.
        attribute: One of the scene's.
        least: A pixel counts as changed from this many grey levels on, in any channel, between the
            scene and the same scene without the attribute, both without noise.

    Raises:
        Problem: As in `render`.
    """
    kept = tuple(a for a in scene.attributes if a != attribute)
    without = replace(scene, attributes=kept)
    quiet = Optics(noise=0)
    change = np.abs(render(scene, quiet).astype(int) - render(without, quiet).astype(int))
    return change.max(axis=2) >= least


def _prepare(scene: Scene, optics: Optics) -> tuple[Canvas, np.ndarray, np.ndarray]:
    """Draw what chance settles: the empty canvas with its figure, jitter of the dots, noise."""
    rng = np.random.default_rng(scene.seed)
    base = rng.uniform(70, 120) + rng.uniform(-12, 12, 3)
    size = rng.uniform(23, 31)
    stretch = math.exp(rng.uniform(-0.08, 0.08))
    figure = Figure(
        width=size * stretch,
        height=size / stretch,
        x=CENTRE + rng.uniform(-2, 2),
        y=CENTRE + rng.uniform(-2, 2),
        angle=rng.uniform(-10, 10),
        colour=_ordinary_colour(scene.colour, base, optics.contrast, rng),
    )
    dot_jitter = rng.uniform(-1, 1, (len(DOT_PLACES), 2))
    noise = rng.standard_normal((SIZE, SIZE, 3), dtype=np.float32) * optics.noise

    pixels = np.ones((SIZE, SIZE, 3), np.float32) * base.astype(np.float32)
    canvas = Canvas(pixels, figure, np.random.default_rng([scene.seed, 1]), optics.scatter)
    return canvas, dot_jitter, noise


def _check(scene: Scene) -> None:
    named: list[tuple[str, str, Iterable[str]]] = [
        ("object", scene.object, (*OBJECTS, *FURTHER_OBJECTS)),
        ("colour", scene.colour, COLOURS),
        *(("place", place, DOT_PLACES) for place in scene.dots),
    ]
    for what, name, known in named:
        if name not in known:
            raise Problem(
                f"The embedded world has no {what} '{name}'; it knows {', '.join(known)}."
            )


def _ordinary_colour(
    name: str, base: np.ndarray, contrast: float, rng: np.random.Generator
) -> np.ndarray:
    colour = np.array(COLOURS[name], np.float32) + rng.uniform(-14, 14, 3)
    return base + (colour - base) * contrast


def _apply(stage: str, parts: list[tuple[str, str]], canvas: Canvas) -> None:
    for kind, value in parts:
        draw = getattr(KINDS[kind], stage)
        if draw is not None:
            draw(canvas, value)


def _draw_object(name: str, canvas: Canvas) -> None:
    figure = canvas.figure
    colour = np.clip(figure.colour, 0, 255)
    if figure.halo:
        distance = np.hypot(COLUMNS - figure.x, ROWS - figure.y)
        canvas.blend(colour, figure.halo * np.exp(-((distance - 26) ** 2) / (2 * 4.5**2)))
    cover, width, height = _cover(name, figure)
    canvas.blend(colour.astype(np.float32), cover)
    _draw_tick(canvas, width, height)


def _cover(name: str, figure: Figure) -> tuple[np.ndarray, int, int]:
    """Return how much of every pixel the object covers, from 0 to 1, and its width and height."""
    mask = object_mask(name).rotate(-figure.angle, resample=Image.Resampling.BILINEAR)
    if figure.lean:
        shear = (1, figure.lean, -figure.lean * mask.height / 2, 0, 1, 0)
        mask = mask.transform(
            mask.size, Image.Transform.AFFINE, shear, resample=Image.Resampling.BILINEAR
        )
    width, height = (max(4, round(side)) for side in (figure.width, figure.height))
    mask = mask.resize((width, height), Image.Resampling.BILINEAR)
    left, top = round(figure.x - width / 2), round(figure.y - height / 2)
    cover = np.zeros((SIZE, SIZE), np.float32)
    rows = slice(max(top, 0), min(top + height, SIZE))
    columns = slice(max(left, 0), min(left + width, SIZE))
    patch = np.asarray(mask, np.float32)[rows.start - top :, columns.start - left :]
    cover[rows, columns] = patch[: rows.stop - rows.start, : columns.stop - columns.start] / 255
    return cover, width, height


def _draw_tick(canvas: Canvas, width: float, height: float) -> None:
    """Mark the top of the object, so that its orientation can be seen on any silhouette."""
    figure = canvas.figure
    angle = math.radians(figure.angle)
    x = figure.x + (max(width / 2 + 1, 5) + 3) * math.sin(angle)
    y = figure.y - (max(height / 2 + 1, 5) + 3) * math.cos(angle)
    box = [x - 4, y - 4, x + 4, y + 4]
    canvas.paint(lambda draw: draw.ellipse(box, fill=(250, 240, 60), outline=(0, 0, 0)))


def _draw_dots(places: tuple[str, ...], jitter: np.ndarray, canvas: Canvas) -> None:
    def draw_all(draw: ImageDraw.ImageDraw) -> None:
        for (place, (x, y)), (dx, dy) in zip(DOT_PLACES.items(), jitter, strict=True):
            if place in places:
                box = [x + dx - 5, y + dy - 5, x + dx + 5, y + dy + 5]
                draw.rectangle(box, fill=(250, 250, 250), outline=(0, 0, 0))

    canvas.paint(draw_all)
