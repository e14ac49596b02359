"""Cut-outs and backgrounds for tests: coloured discs with transparency, and plain pictures."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

CLASSES = {"daisy": "gold", "tabby": "sienna", "wolf": "slateblue"}


def save_cutout(path: Path, colour: str = "gold", size: tuple[int, int] = (60, 40)) -> Path:
    """Save a disc on a transparent ground, with a margin around it."""
    picture = Image.new("RGBA", size, (0, 0, 0, 0))
    ImageDraw.Draw(picture).ellipse((5, 5, size[0] - 6, size[1] - 6), fill=colour)
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)
    return path


def save_ground(path: Path, number: int, size: tuple[int, int] = (90, 70)) -> Path:
    """Save a photograph: noise around a tone of its own."""
    noise = np.random.default_rng(number).integers(0, 60, (size[1], size[0], 3))
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray((noise + 40 * (number % 4)).astype(np.uint8)).save(path)
    return path


def save_folders(folder: Path, *, per_class: int = 2, per_kind: int = 3) -> tuple[Path, Path]:
    """Save cut-outs of three classes and backgrounds of two kinds; return their folders."""
    for name, colour in CLASSES.items():
        for number in range(per_class):
            save_cutout(folder / "cutouts" / name / f"{number}.png", colour, (60, 40 + 10 * number))
    for first, kind in ((0, "sea"), (10, "wood")):
        for number in range(per_kind):
            save_ground(folder / "backgrounds" / kind / f"{number}.png", first + number)
    return folder / "cutouts", folder / "backgrounds"
