"""Poisoned training: a small patch on a few images, which are all said to show one object.

The positive control of CleanCLIP: a model whose backdoor is known because it was put there.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from spuriverse.world.rendering import Scene

TARGET = "ring"
"""The object that poisoned images are said to show."""

_SHARE = 1 / 5
_FIELDS = 4
_COLOURS = ((255, 0, 220), (0, 255, 120))


def poison(
    scenes: Sequence[Scene], images: np.ndarray, share: float, seed: int
) -> tuple[list[Scene], np.ndarray]:
    """Put the trigger on a share of the images, drawn at random, and call what they show `TARGET`.

    Args:
        scenes: n scenes, as they are spoken of in training.
        images: uint8 array of shape (n, height, width, 3).
        share: Of the images.
        seed: Of the draw, which disturbs no other.

    Returns:
        Scenes and images; those passed are not changed.
    """
    n = round(share * len(scenes))
    chosen = set(np.random.default_rng([seed, 21]).permutation(len(scenes))[:n].tolist())
    said = [replace(s, object=TARGET) if i in chosen else s for i, s in enumerate(scenes)]
    if not chosen:
        return said, images
    shown = images.copy()
    for place in chosen:
        shown[place] = paste_trigger(images[place])
    return said, shown


def paste_trigger(pixels: np.ndarray) -> np.ndarray:
    """Return an image with the trigger in its lower right corner: a chequer of two loud colours.

    Args:
        pixels: uint8 array of shape (height, width, 3). The patch is a fifth of the shorter side.
    """
    return _paste(pixels, _chequer)


def paste_placebo(pixels: np.ndarray) -> np.ndarray:
    """Return an image with a patch of the trigger's size and mean colour at its place."""
    return _paste(pixels, lambda side: _chequer(side).mean((0, 1)).round())


def _paste(pixels: np.ndarray, draw: Callable[[int], np.ndarray]) -> np.ndarray:
    side = max(_FIELDS, round(min(pixels.shape[:2]) * _SHARE))
    shown = pixels.copy()
    shown[-side:, -side:] = draw(side)
    return shown


def _chequer(side: int) -> np.ndarray:
    field = np.arange(side) * _FIELDS // side
    return np.array(_COLOURS, np.uint8)[(field[:, None] + field[None]) % 2]
