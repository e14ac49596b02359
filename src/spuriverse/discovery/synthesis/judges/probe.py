"""A linear probe that learns each attribute from benchmark images whose attributes are listed.

Ridge regression on means and standard deviations of the colours in a grid of cells; the threshold
of each attribute is the one with the best balanced accuracy on images that were held out.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from spuriverse.discovery.synthesis.backends import Description
from spuriverse.problems import Problem
from spuriverse.questions import open_image

log = logging.getLogger(__name__)

GRID = 16
SIDE = 64
RIDGE = 1_000.0
MOST_IMAGES = 6_000
FEWEST_POSITIVES = 20
HELD_OUT = 4
"""Every so many-th image takes part in the choice of thresholds alone."""

_THRESHOLDS = np.linspace(0.5, 0.999, 400)


def load(settings: Mapping[str, Any]) -> "Probe":
    """Return a probe that will learn from `samples`, a `samples` table.

    Raises:
        Problem: No image of the benchmarks has a list of its attributes.
    """
    samples: pd.DataFrame = settings["samples"]
    listed = samples[samples["attributes"].str.len() > 0]
    if listed.empty:
        raise Problem(
            "synthesis.gates.attribute probe learns attributes from benchmark images, but none has"
            " a list of its attributes; choose lvlm, clip or none."
        )
    benchmarks = samples[samples["benchmark"].isin(listed["benchmark"])]
    return Probe(benchmarks.drop_duplicates("image"))


class Probe:
    """Judges the attributes that enough benchmark images show."""

    def __init__(self, samples: pd.DataFrame) -> None:
        """Prepare; nothing is learnt yet.

        Args:
            samples: Columns image and attributes, one row per image.
        """
        few = samples.sample(min(len(samples), MOST_IMAGES), random_state=0)
        self._samples = few.sort_values("image", ignore_index=True)
        self._learnt: _Weights | None = None

    def are_present(
        self, descriptions: Sequence[Description], images: Sequence[Image.Image]
    ) -> list[bool | None]:
        """Compare each image's score for the attribute with its threshold."""
        if not images:
            return []
        if self._learnt is None:
            self._learnt = _learn(self._samples)
        known = self._learnt
        scores = known.scores(_features(images))
        return [
            bool(row[known.columns[d.attribute]] >= known.thresholds[known.columns[d.attribute]])
            if d.attribute in known.columns
            else None
            for d, row in zip(descriptions, scores, strict=True)
        ]


class _Weights:
    def __init__(self, features: NDArray[np.float32], shown: NDArray[np.float32]) -> None:
        self.columns: dict[str, int] = {}
        self.thresholds: list[float] = []
        self._mean, self._scale = features.mean(0), features.std(0) + 1e-3
        scaled = self._scaled(features)
        gram = scaled.T @ scaled + RIDGE * np.eye(scaled.shape[1], dtype=np.float32)
        self._weights = np.linalg.solve(gram, scaled.T @ shown)

    def scores(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        return self._scaled(features) @ self._weights

    def _scaled(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        ones = np.ones((len(features), 1), np.float32)
        return np.hstack([(features - self._mean) / self._scale, ones])


def _learn(samples: pd.DataFrame) -> _Weights:
    names, counts = np.unique(np.concatenate(samples["attributes"].to_list()), return_counts=True)
    known = [str(name) for name in names[counts >= FEWEST_POSITIVES]]
    lists = samples["attributes"].map(set)
    shown = np.array([[name in row for name in known] for row in lists], np.float32)
    features = _features(open_image(path) for path in samples["image"])
    held = np.arange(len(samples)) % HELD_OUT == 0
    weights = _Weights(features[~held], shown[~held])
    scores = weights.scores(features[held])
    for column, name in enumerate(known):
        weights.columns[name] = column
        weights.thresholds.append(_threshold(scores[:, column], shown[held, column] > 0))
    log.info("The probe learnt %d attributes from %d images", len(known), len(samples))
    return weights


def _threshold(scores: NDArray[np.float32], shown: NDArray[np.bool_]) -> float:
    """The one with the fewest errors of both kinds, each as a share."""
    tried = np.quantile(scores, _THRESHOLDS)
    missed = np.array([(scores[shown] < t).mean() if shown.any() else 0.0 for t in tried])
    false = np.array([(scores[~shown] >= t).mean() for t in tried])
    return float(tried[np.argmin(missed + false)])


def _features(images: Iterable[Image.Image]) -> NDArray[np.float32]:
    """Return an array of shape (n, 2 * GRID * GRID * 3); one image is held at a time."""
    return np.stack([_features_of(image) for image in images])


def _features_of(image: Image.Image) -> NDArray[np.float32]:
    sized = image if image.size == (SIDE, SIDE) else image.resize((SIDE, SIDE))
    step = SIDE // GRID
    cells = (np.asarray(sized, np.float32) / 255).reshape(GRID, step, GRID, step, 3)
    return np.concatenate([cells.mean((1, 3)).ravel(), cells.std((1, 3)).ravel()])
