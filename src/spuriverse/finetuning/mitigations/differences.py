"""What attributes change in the pixels of a picture, and how it is put into other pictures."""

import logging
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from spuriverse.problems import Problem
from spuriverse.questions import open_image

log = logging.getLogger(__name__)

_LONGEST = 448
_TURNS = 8
_SAME_COLOURS = 0.3
_FACTORS = (0.5, 1.5)


class DifferenceBank:
    """The differences between the two pictures of minimal pairs, spurious minus core.

    It takes whatever made the pairs: a renderer, inpainting, pasting. All that counts is that the
    two pictures of a pair have the same size and differ in the attribute alone.
    """

    def __init__(self, pairs: Iterable[tuple[str | Path, str | Path]]) -> None:
        """Read the pairs.

        Args:
            pairs: Path of the picture with the attribute, and of the one without. A pair that
                cannot be used is left out, and the log names the first.

        Raises:
            Problem: None is left.
        """
        faults: list[str] = []
        self._changes: list[np.ndarray] = []
        for spurious, core in pairs:
            try:
                self._changes.append(_difference(spurious, core))
            except Problem as problem:
                faults.append(str(problem))
        if not self._changes:
            first = f"; the first: {faults[0]}" if faults else ""
            raise Problem(
                "There is no minimal pair whose difference could be put into other pictures"
                f"{first}. Make pairs with synthesis.pairs: minimal."
            )
        if faults:
            log.warning(
                "%d of %d minimal pairs are left out; the first: %s",
                *(len(faults), len(faults) + len(self._changes), faults[0]),
            )

    def __len__(self) -> int:
        return len(self._changes)

    def draw(self, rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
        """Return a difference as another picture might show it.

        It is turned by quarters or mirrored, its colours are mixed by a random matrix with rows of
        length 1 (in 70 % of cases), and it is weaker or stronger by a factor from .5 to 1.5.

        Args:
            rng: Source of chance.
            size: Width and height of the picture it is for; the difference is stretched to it.

        Returns:
            float32 of shape (height, width, 3), in grey levels.
        """
        change = self._changes[int(rng.integers(len(self._changes)))].astype(np.float32)
        turn = int(rng.integers(_TURNS))
        change = np.rot90(change, turn % 4)
        if turn >= _TURNS // 2:
            change = change[:, ::-1]
        matrix = rng.normal(size=(3, 3)).astype(np.float32)
        matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
        if rng.random() >= _SAME_COLOURS:
            change = change @ matrix.T
        change = change * np.float32(rng.uniform(*_FACTORS))
        return _stretched(change, size)


def add_change(picture: Image.Image, change: np.ndarray, amplitude: float) -> Image.Image:
    """Return a picture with a difference added, cut off at black and white.

    Args:
        picture: RGB.
        change: Shape (height, width, 3), in grey levels.
        amplitude: Factor of the change; 0 gives the picture as it is.
    """
    pixels = np.asarray(picture, np.float32) + np.float32(amplitude) * change
    return Image.fromarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8))


def _difference(spurious: str | Path, core: str | Path) -> np.ndarray:
    shown, bare = (open_image(path) for path in (spurious, core))
    if shown.size != bare.size:
        raise Problem(f"{spurious} and {core} differ in size, so that they are no minimal pair.")
    longest = max(shown.size)
    if longest > _LONGEST:
        width, height = (max(1, round(side * _LONGEST / longest)) for side in shown.size)
        size = (width, height)
        shown, bare = (picture.resize(size, Image.Resampling.BOX) for picture in (shown, bare))
    return np.asarray(shown, np.int16) - np.asarray(bare, np.int16)


def _stretched(change: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    if change.shape[1::-1] == size:
        return np.ascontiguousarray(change)
    planes = [
        Image.fromarray(np.ascontiguousarray(change[..., channel])).resize(
            size, Image.Resampling.BILINEAR
        )
        for channel in range(3)
    ]
    return np.stack([np.asarray(plane, np.float32) for plane in planes], axis=-1)
