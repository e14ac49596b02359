"""How far are the contexts of a benchmark from ordinary ones, in the model's own eyes?"""

import logging
from collections.abc import Iterator

import numpy as np

from spuriverse.evaluation.accuracies import sampling_units
from spuriverse.evaluation.probe import Ask, Material, Probe, Quantity
from spuriverse.evaluation.telling_apart import read_images, separation
from spuriverse.problems import Problem

log = logging.getLogger(__name__)

SEVERITY = "severity"
SEEN = "ordinary"
_FEWEST = 10


def measure(ask: Ask, material: Material) -> Iterator[Quantity]:
    """Tell the images of every subset from ordinary ones by the model's embeddings.

    Taken from MetaCoCo: a number that says, by an image encoder, how far the contexts of a
    benchmark are from those that were seen. Ours: the encoder is the probed model's own, ordinary
    images stand for what it has seen, and the number is 2A - 1, with A the area under the ROC curve
    of a ridge regression on the embeddings, fitted on other attributes than it is read on. It is 0
    where the encoder sees no difference and 1 where it can tell every image; the interval is over
    attributes.

    Needs the model's embeddings; yields nothing where there are none.
    """
    seen = material.of(SEEN)
    if material.embed is None or len(seen) < _FEWEST:
        return
    try:
        numbers = read_images(material.samples["image"].tolist(), material.embed)
    except Problem as problem:
        log.warning("No severity: %s", problem)
        return
    known = material.samples[material.samples["image"].isin(numbers)]
    known = known.assign(unit=sampling_units(known)).drop_duplicates(["subset", "image"])
    ordinary = known[known["subset"] == SEEN]
    for subset, rows in known[known["subset"] != SEEN].groupby("subset", sort=True):
        rows = rows[~rows["image"].isin(ordinary["image"])]
        if min(len(rows), len(ordinary)) < _FEWEST:
            continue
        images = [*rows["image"], *ordinary["image"]]
        found = separation(
            np.stack([numbers[image] for image in images]),
            [True] * len(rows) + [False] * len(ordinary),
            [*rows["unit"], *ordinary["unit"]],
            seed=material.seed,
        )
        if found is not None:
            limits = (2 * value - 1 for value in (found.value, found.low, found.high))
            yield Quantity(f"{subset} images", f"{SEEN} images", SEVERITY, found.n, *limits)


PROBE = Probe("severity", "MetaCoCo", measure)
