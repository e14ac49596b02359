"""What is left of the accuracy, and of the cue's pull, without a region and with it alone?"""

from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image, ImageFilter

from spuriverse.evaluation.occlusion import changed_region, cover_region
from spuriverse.evaluation.probe import (
    ACCURACY,
    Ask,
    Contrast,
    Material,
    Probe,
    answers_of,
    marks_of,
    right_answers,
)

CUE = "answers the cue's option"
_MOST_SHARE = 0.5
_BLUR = 1 / 4


def measure(ask: Ask, material: Material) -> Iterator[Contrast]:
    """Remove the region of the attribute from spurious images, and show it alone.

    Taken from "Mask of truth: model sensitivity to unexpected regions": a region removed and a
    region alone, by mask and by bounding box, in grey and blurred. Ours: the region is that of the
    spurious attribute, found where the two images of a minimal pair differ by 24 grey levels or
    more; images of which that is more than half, or whose pair differs in size, are left out.

    Accuracy without the region is compared with that on the whole image; how often the region alone
    brings the cue's option, with how often an all-grey image does, which is the chance level.
    """
    pairs = material.of("spurious")
    pairs = pairs[pairs["twin"].notna()]
    regions = {
        sample: region
        for sample, image, twin in zip(
            pairs["sample_id"], pairs["image"], pairs["twin"], strict=True
        )
        if (region := _region(image, twin)) is not None
    }
    asked = pairs[pairs["sample_id"].isin(regions)]
    if asked.empty:
        return
    plain = right_answers(asked, ask)
    for shape, of_shape in (("mask", lambda region: region), ("box", bounding_box)):
        for ground, hide in (("grey", cover_region), ("blur", blur_region)):
            removed = material.changed(
                asked, f"removed-{shape}-{ground}", _hiding(regions, of_shape, hide)
            )
            yield Contrast(
                f"attribute removed, {shape}, {ground}",
                "whole image",
                ACCURACY,
                right_answers(removed, ask),
                plain,
            )
    alone = material.changed(asked, "alone", lambda image, name: _alone(image, regions[name]))
    nothing = material.changed(asked, "nothing", lambda image, _: _alone(image, None))
    marks = (marks_of(asked, answers_of(table, ask), asked["cue"]) for table in (alone, nothing))
    yield Contrast("attribute alone", "grey image", CUE, *marks)


def bounding_box(region: np.ndarray) -> np.ndarray:
    """Return the smallest box around a region, as booleans of its shape."""
    box = np.zeros_like(region)
    rows, columns = (np.flatnonzero(region.any(axis)) for axis in (1, 0))
    if len(rows):
        box[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = True
    return box


def blur_region(image: Image.Image, region: np.ndarray) -> Image.Image:
    """Return an image with a region from a blurred copy; the radius is a quarter of the side."""
    blurred = image.filter(ImageFilter.GaussianBlur(min(image.size) * _BLUR))
    return Image.composite(blurred, image, Image.fromarray((region * 255).astype(np.uint8), "L"))


def _hiding(
    regions: dict[str, np.ndarray],
    of_shape: Callable[[np.ndarray], np.ndarray],
    hide: Callable[[Image.Image, np.ndarray], Image.Image],
) -> Callable[[Image.Image, str], Image.Image]:
    return lambda image, name: hide(image, of_shape(regions[name]))


def _alone(image: Image.Image, region: np.ndarray | None) -> Image.Image:
    pixels = np.full((image.height, image.width, 3), 128, np.uint8)
    if region is not None:
        pixels[region] = np.asarray(image)[region]
    return Image.fromarray(pixels)


def _region(image: str, twin: str) -> np.ndarray | None:
    """Where a pair differs; None where that says nothing."""
    region = changed_region(image, twin)
    return region if region is not None and 0 < region.mean() <= _MOST_SHARE else None


PROBE = Probe(
    "regions_removed",
    "Mask of truth: model sensitivity to unexpected regions",
    measure,
    score="attribute removed, mask, grey",
)
