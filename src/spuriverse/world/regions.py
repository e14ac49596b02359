"""Where an attribute shows in a scene, and where the object is: masks for maps of salience."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from spuriverse.problems import Problem
from spuriverse.tables import atomic_path
from spuriverse.world.rendering import Optics, Scene, render, silhouette

VISIBLE = 8
"""Grey levels by which a pixel must change to belong to the region of an attribute."""


def attribute_region(scene: Scene, attribute: str, optics: Optics) -> np.ndarray:
    """Return where a scene would look otherwise without one of its attributes.

    Both pictures are rendered without sensor noise; everything else of them is the same.

    Args:
        scene: Shows the attribute.
        attribute: One of the scene's, such as "scene:meadow".
        optics: Settles the contrast.

    Returns:
        Booleans of shape (64, 64): the pixels that change by at least `VISIBLE` grey levels in
        some channel.

    Raises:
        Problem: The scene does not show the attribute.
    """
    if attribute not in scene.attributes:
        raise Problem(
            f"The scene does not show '{attribute}', only {', '.join(scene.attributes) or 'none'};"
            " ask for the region of an attribute that it shows."
        )
    clear = replace(optics, noise=0.0)
    rest = tuple(other for other in scene.attributes if other != attribute)
    with_it, without = (
        render(one, clear).astype(np.int16) for one in (scene, replace(scene, attributes=rest))
    )
    return (np.abs(with_it - without) >= VISIBLE).any(-1)


def object_region(scene: Scene) -> np.ndarray:
    """Return the object's silhouette in a scene: booleans of shape (64, 64).

    Raises:
        Problem: The scene names what the world has not.
    """
    return silhouette(scene) >= 0.5


def write_mask(region: np.ndarray, path: str | Path) -> None:
    """Write a region as a PNG mask of one channel: 255 inside, 0 outside.

    Args:
        region: Booleans of shape (height, width).
        path: The file to make or to replace.
    """
    with atomic_path(path) as temporary:
        Image.fromarray(np.where(region, 255, 0).astype(np.uint8)).save(temporary, format="PNG")
