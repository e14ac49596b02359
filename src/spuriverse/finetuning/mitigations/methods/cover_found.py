"""Cover what training found to mislead, wherever it is found again, before asking."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from PIL import Image

from spuriverse.evaluation import changed_region, cover_found
from spuriverse.finetuning.mitigations.asking import Views
from spuriverse.finetuning.mitigations.method import (
    Budget,
    Knobs,
    Method,
    Needs,
    Point,
    Pools,
    Setting,
    scaled,
)
from spuriverse.finetuning.mitigations.methods.mixing import mixed_training
from spuriverse.questions import open_image

_SHARE = 1 / 3
_FEWEST_PIXELS = 9


def stickers_of(pairs: pd.DataFrame) -> list[Image.Image]:
    """Cut out of images what tells them from their twins, where that is small enough.

    Args:
        pairs: Columns type_id, image and twin.

    Returns:
        At most one RGBA picture per type, a third of the image's shorter side wide, opaque where
        the two images of the type's first such pair differ by 24 grey levels or more.
    """
    found = []
    for _, rows in pairs.groupby("type_id", sort=True):
        cut = (_cut(image, twin) for image, twin in zip(rows["image"], rows["twin"], strict=True))
        sticker = next((one for one in cut if one is not None), None)
        if sticker is not None:
            found.append(sticker)
    return found


def cover_all(image: Image.Image, stickers: Sequence[Image.Image]) -> Image.Image:
    """Return an image with the best match of every sticker covered, where it matches."""
    for sticker in stickers:
        image = cover_found(image, sticker)
    return image


def _cut(image: str, twin: str) -> Image.Image | None:
    changed = changed_region(image, twin)
    if changed is None:
        return None
    side = round(min(changed.shape) * _SHARE)
    rows, columns = (np.flatnonzero(changed.any(axis)) for axis in (1, 0))
    if changed.sum() < _FEWEST_PIXELS or max(np.ptp(rows), np.ptp(columns)) >= side:
        return None
    top = min(int(rows[0]), changed.shape[0] - side)
    left = min(int(columns[0]), changed.shape[1] - side)
    part = np.s_[top : top + side, left : left + side]
    shown = np.dstack([np.asarray(open_image(image))[part], changed[part] * 255]).astype(np.uint8)
    return Image.fromarray(shown, "RGBA")


def curve(pools: Pools, budget: Budget, knobs: Knobs, setting: Setting) -> list[Point]:
    """A mixture, scaled, and asked about images in which known stickers are covered.

    Taken from SLANT (Spurious Logo ANalysis Toolkit): a sticker that was found to pull is looked
    for and covered before asking. Ours: the stickers are cut out of the training types' minimal
    pairs, so that none shows a held-out attribute; what does not fit into a third of the image's
    side is none. A held-out attribute is covered only as far as it looks like one of training, and
    an image without any is left alone: whether that is of use is the question.

    Cost: the search for every sticker in every image; no further pass. Hyper-parameters:
    `proportion` of spurious samples.
    """
    plain = mixed_training(pools, budget, setting["proportion"])
    shown = plain.samples.reindex(columns=["type_id", "image", "twin"]).dropna()
    stickers = stickers_of(shown)
    asking = Views(lambda image: [cover_all(image, stickers)], 1)
    return [replace(point, asking=asking) for point in scaled(plain, knobs)]


METHOD = Method(
    "cover_found", {"proportion": 1.0}, curve, Needs(attributes=True, pairs=True, generator=True)
)
