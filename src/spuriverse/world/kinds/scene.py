"""Scene: sky above and ground below; a neutral band behind the object keeps it legible."""

import numpy as np

from spuriverse.world.canvas import CENTRE, ROWS, Canvas, Kind

_STRENGTH = 0.8
_SKY_AND_GROUND = {
    "meadow": ((110, 150, 210), (60, 170, 50)),
    "desert": ((235, 200, 150), (215, 170, 90)),
    "sea": ((150, 200, 230), (20, 70, 170)),
    "lava": ((60, 20, 20), (240, 80, 10)),
    "snowfield": ((190, 205, 225), (250, 250, 255)),
    "orchard": ((250, 170, 200), (20, 90, 60)),
    "canyon": ((40, 190, 200), (150, 50, 20)),
    "vineyard": ((120, 30, 60), (90, 20, 50)),
    "swamp": ((70, 80, 40), (50, 70, 30)),
    "tundra": ((150, 160, 150), (120, 140, 120)),
}


def _draw(canvas: Canvas, value: str) -> None:
    sky, ground = _SKY_AND_GROUND[value]
    weight = _STRENGTH * np.clip((np.abs(ROWS - CENTRE) - 12) / 8, 0, 1)
    upper = (ROWS < CENTRE)[..., None]
    picture = np.where(upper, np.array(sky, np.float32), np.array(ground, np.float32))
    canvas.blend(picture + canvas.rng.normal(0, 6, 3).astype(np.float32), weight)


KIND = Kind(
    "scene",
    planted=("meadow", "desert", "sea", "lava", "snowfield", "orchard", "canyon"),
    controls=("vineyard", "swamp", "tundra"),
    background=_draw,
)
