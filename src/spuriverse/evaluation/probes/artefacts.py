"""Do traces of how images were made tell made images from original ones, and explain errors?"""

from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image, ImageFilter

from spuriverse.evaluation.accuracies import sampling_units
from spuriverse.evaluation.probe import (
    ACCURACY,
    Ask,
    Contrast,
    Material,
    Probe,
    Quantity,
    right_answers,
)
from spuriverse.evaluation.telling_apart import cross_fitted, read_images
from spuriverse.statistics import roc_area

AREA = "area under the ROC curve"
MADE = ("core", "spurious")
_FEWEST = 10
_RINGS = 8
_BLOCK = 8


def measure(ask: Ask, material: Material) -> Iterator[Contrast | Quantity]:
    """Tell the groups' images from the others by their noise, and see whether errors go with it.

    Taken from "Unveiling the Truth: Human Gaze Patterns in Fake Images": made images bear traces,
    and what looks at an image may go by them. Ours: a small detector that sees little content (size
    of the residual after blurring, channel by channel, the spectrum's share in rings, the edges of
    JPEG's blocks; ridge regression, fitted on other attributes than it is read on), its area under
    the ROC curve beside .5, and whether the model is less often right on those images of each group
    that look the most made. Where that is 0, artefacts do not explain its errors.

    The images of the groups are compared with anchors, aligned and ordinary ones. In the embedded
    world a renderer makes all of them: what exceeds .5 there is content that the detector sees
    nevertheless, such as textures, and the least that an area elsewhere must exceed.
    """
    numbers = read_images(material.samples["image"].tolist(), _read)
    rows = material.samples[material.samples["image"].isin(numbers)]
    rows = rows.assign(unit=sampling_units(rows), made=rows["subset"].isin(MADE))
    images = rows.drop_duplicates("image")
    if images["made"].sum() < _FEWEST or (~images["made"]).sum() < _FEWEST:
        return
    scores, folds = cross_fitted(
        np.stack([numbers[image] for image in images["image"]]),
        images["made"],
        images["unit"],
        seed=material.seed,
    )
    area = roc_area(scores, images["made"], images["unit"], strata=folds, seed=material.seed)
    if area is None:
        return
    yield Quantity("made images", "original images", AREA, area.n, area.value, area.low, area.high)
    # Scores of one fold alone can be compared: every fold has its own medians, one a group.
    place = images.assign(score=scores, fold=folds)
    place = place[place["made"]]
    half = place.groupby(["fold", "subset"])["score"].rank(method="first", pct=True) > 0.5
    looks = dict(zip(place["image"], half, strict=True))
    for subset in MADE:
        asked = rows[rows["subset"] == subset]
        if len(asked) < _FEWEST:
            continue
        marks = right_answers(asked, ask)
        of_sample = asked.drop_duplicates("sample_id").set_index("sample_id")["image"].map(looks)
        most = marks["sample_id"].map(of_sample).astype(bool)
        yield Contrast(
            f"{subset}, looks made",
            f"{subset}, looks original",
            ACCURACY,
            marks[most],
            marks[~most],
            paired=False,
        )


def _read(images: Sequence[Image.Image]) -> np.ndarray:
    return np.stack([trace_of(image) for image in images])


def trace_of(image: Image.Image) -> np.ndarray:
    """Return numbers about how an image was made that say little about what it shows.

    Args:
        image: RGB.

    Returns:
        Per channel the mean and the root mean square of the residual after a median filter of 3 x 3
        and their ratio; the logarithm of the power in eight rings of the grey residual's spectrum;
        and how much greater steps are at the edges of blocks of 8 x 8 pixels than within.
    """
    pixels = np.asarray(image, np.float64)
    residual = pixels - np.asarray(image.filter(ImageFilter.MedianFilter(3)), np.float64)
    sizes, spread = np.abs(residual).mean((0, 1)), np.sqrt((residual**2).mean((0, 1)))
    grey = residual.mean(-1)
    power = np.abs(np.fft.fft2(grey)) ** 2
    down, across = np.meshgrid(*(np.fft.fftfreq(n) for n in grey.shape), indexing="ij")
    ring = np.minimum((np.hypot(down, across) * 2 * _RINGS).astype(int), _RINGS - 1)
    total = np.bincount(ring.ravel(), power.ravel(), _RINGS)
    count = np.maximum(np.bincount(ring.ravel(), minlength=_RINGS), 1)
    rings = np.log(total / count + 1e-3)
    return np.concatenate([sizes, spread, spread / (sizes + 1e-3), rings, [_blockiness(pixels)]])


def _blockiness(pixels: np.ndarray) -> float:
    values = []
    for axis in (0, 1):
        steps = np.abs(np.diff(pixels, axis=axis)).mean(-1).mean(1 - axis)
        edge = np.arange(1, len(steps) + 1) % _BLOCK == 0
        if edge.any() and not edge.all():
            values.append(steps[edge].mean() - steps[~edge].mean())
    return float(np.mean(values)) if values else 0.0


PROBE = Probe("artefacts", "Unveiling the Truth: Human Gaze Patterns in Fake Images", measure)
