"""What a kind of attribute may touch while one image is rendered."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

SIZE = 64
"""Width and height of every image, in pixels."""

ROWS, COLUMNS = (grid.astype(np.float32) for grid in np.mgrid[0:SIZE, 0:SIZE])
"""Row and column index of every pixel, float32 arrays of shape (64, 64)."""

CENTRE = SIZE / 2

Colour = tuple[int, int, int]


@dataclass
class Figure:
    """How the object is drawn: sizes in pixels, angle in degrees clockwise."""

    width: float
    height: float
    x: float
    y: float
    angle: float
    colour: np.ndarray
    lean: float = 0.0
    halo: float = 0.0


@dataclass
class Canvas:
    """One image in the making.

    Attributes:
        pixels: float32 array of shape (64, 64, 3), values 0 to 255.
        figure: The object.
        scatter: How far places and sizes of attributes vary, from 0 to 1.
        rng: Jitter of the attributes; the rest of the scene has its own generator, so that the
            same scene with and without an attribute differs in the attribute alone.
    """

    pixels: np.ndarray
    figure: Figure
    rng: np.random.Generator
    scatter: float = 0.0

    def paint(self, draw: Callable[[ImageDraw.ImageDraw], None]) -> None:
        """Apply vector drawing to the pixels."""
        image = Image.fromarray(np.clip(self.pixels, 0, 255).astype(np.uint8))
        draw(ImageDraw.Draw(image))
        self.pixels = np.asarray(image, dtype=np.float32)

    def blend(self, colour: np.ndarray | Colour, weight: np.ndarray) -> None:
        """Mix a colour (or an image of shape (64, 64, 3)) in; weight of shape (64, 64), 0 to 1."""
        alpha = weight[..., None]
        self.pixels = self.pixels * (1 - alpha) + np.asarray(colour, np.float32) * alpha

    def away_from_centre(self, inner: float, outer: float) -> np.ndarray:
        """Return weights of shape (64, 64): 0 nearer than `inner` to the centre, 1 past `outer`."""
        distance = np.hypot(ROWS - CENTRE, COLUMNS - CENTRE)
        return np.clip((distance - inner) / (outer - inner), 0, 1)


Draw = Callable[[Canvas, str], None]


@dataclass(frozen=True)
class Kind:
    """One kind of spurious attribute: its values and how each shows in an image.

    A kind is one module of `spuriverse.world.kinds` that defines `KIND`.

    Attributes:
        name: One word.
        planted: Values that get an owner, an object which they predict in the biased world.
        controls: Values that occur independently of everything.
        further: Values that are planted in the strong edition of the world alone.
        background: Draws behind the object.
        figure: Changes how the object is drawn.
        overlay: Draws on top of the object.
        light: Changes the finished picture, before sensor noise.
    """

    name: str
    planted: tuple[str, ...]
    controls: tuple[str, ...] = ()
    background: Draw | None = None
    figure: Draw | None = None
    overlay: Draw | None = None
    light: Draw | None = None
    further: tuple[str, ...] = ()

    @property
    def values(self) -> tuple[str, ...]:
        """All values of the usual world, planted ones first."""
        return self.planted + self.controls

    @property
    def drawn(self) -> tuple[str, ...]:
        """All values of all editions."""
        return self.values + self.further
