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
    "prairie": ((200, 225, 240), (225, 205, 60)),
    "lagoon": ((255, 225, 170), (40, 205, 190)),
    "quarry": ((235, 235, 240), (90, 85, 95)),
    "bog": ((95, 110, 140), (75, 45, 30)),
    "coast": ((90, 130, 190), (240, 225, 185)),
    "heath": ((170, 190, 220), (140, 60, 130)),
    "glade": ((205, 235, 150), (30, 110, 35)),
    "crater": ((15, 15, 40), (150, 145, 140)),
    "reef": ((70, 190, 225), (255, 130, 100)),
}
_FURTHER = ("prairie", "lagoon", "quarry", "bog", "coast", "heath", "glade", "crater", "reef")


def _draw(canvas: Canvas, value: str) -> None:
    sky, ground = _SKY_AND_GROUND[value]
    horizon = CENTRE
    if canvas.scatter:
        horizon = CENTRE + canvas.scatter * canvas.rng.uniform(-6, 6)
    weight = _STRENGTH * np.clip((np.abs(ROWS - horizon) - 12) / 8, 0, 1)
    upper = (horizon > ROWS)[..., None]
    picture = np.where(upper, np.array(sky, np.float32), np.array(ground, np.float32))
    canvas.blend(picture + canvas.rng.normal(0, 6, 3).astype(np.float32), weight)


KIND = Kind(
    "scene",
    planted=("meadow", "desert", "sea", "lava", "snowfield", "orchard", "canyon"),
    controls=("vineyard", "swamp", "tundra"),
    background=_draw,
    further=_FURTHER,
)
