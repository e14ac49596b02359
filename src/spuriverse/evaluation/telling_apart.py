"""Whether two sets of images can be told apart by numbers read off them."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from spuriverse.models import ClassifyingModel, LocalModel, embed_wholes
from spuriverse.problems import Problem
from spuriverse.questions import open_image
from spuriverse.statistics import Estimate, roc_area

_FOLDS = 5
_AT_ONCE = 64

Read = Callable[[Sequence[Image.Image]], np.ndarray]
"""From n RGB images makes n rows of numbers."""


def image_embedder(model: LocalModel | ClassifyingModel) -> Read:
    """Return what a model itself makes of images, before any question.

    Args:
        model: Of a checkpoint that reads and writes, the mean of the patches that its language
            model is given; of one that tells classes apart, its embedding or its classes' scores.
    """
    if isinstance(model, ClassifyingModel):
        return lambda images: model.see(model.process(images)).detach().float().cpu().numpy()
    return lambda images: embed_wholes(model, images)


def read_images(paths: Sequence[str], read: Read) -> dict[str, NDArray[np.float64]]:
    """Read numbers off distinct images, some at a time; what cannot be opened is left out.

    Args:
        paths: Of the images.
        read: Makes the numbers.

    Returns:
        Path -> its numbers.
    """
    found: dict[str, NDArray[np.float64]] = {}
    distinct = list(dict.fromkeys(paths))
    for start in range(0, len(distinct), _AT_ONCE):
        opened: list[tuple[str, Image.Image]] = []
        for path in distinct[start : start + _AT_ONCE]:
            try:
                opened.append((path, open_image(path)))
            except Problem:
                continue
        if opened:
            rows = read([image for _, image in opened])
            found |= {
                path: np.asarray(row, float) for (path, _), row in zip(opened, rows, strict=True)
            }
    return found


def cross_fitted(
    features: ArrayLike, positive: ArrayLike, units: ArrayLike, *, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Score every observation by a ridge regression that did not see its unit.

    Args:
        features: Shape (n, d).
        positive: Whether each observation is of the set that should score high, shape (n,).
        units: What was sampled, shape (n,); a unit is in one fold as a whole.
        seed: Of the order in which units are dealt to five folds.

    Returns:
        Scores and folds, each of shape (n,); only scores of one fold can be compared. They are all
        alike where the features say nothing.
    """
    x, y = np.asarray(features, float), np.asarray(positive, float)
    codes, names = pd.factorize(np.asarray(units))
    # Dealt by how much of a unit is positive, so that every fold has some of both.
    share = np.array([y[codes == code].mean() for code in range(len(names))])
    rank = np.random.default_rng([seed, 33]).permutation(len(names))
    dealt = np.empty(len(names), int)
    dealt[np.lexsort((rank, share))] = np.arange(len(names)) % _FOLDS
    folds = dealt[codes]
    scores = np.zeros(len(y))
    for fold in range(_FOLDS):
        held = folds == fold
        if held.any() and not held.all():
            scores[held] = _ridge(x[~held], y[~held], x[held])
    return scores, folds.astype(np.int64)


def separation(
    features: ArrayLike, positive: ArrayLike, units: ArrayLike, *, seed: int
) -> Estimate | None:
    """Estimate the area under the ROC curve of `cross_fitted` scores, within folds.

    Args:
        features: As in `cross_fitted`.
        positive: As there.
        units: As there; the bootstrap draws them.
        seed: Of folds and bootstrap.

    Returns:
        The area, .5 where the sets cannot be told apart, with its 95 % interval; None if no fold
        has both.
    """
    scores, folds = cross_fitted(features, positive, units, seed=seed)
    return roc_area(scores, positive, units, strata=folds, seed=seed)


def _ridge(x: np.ndarray, y: np.ndarray, held: np.ndarray) -> np.ndarray:
    """Scores without an intercept, so that folds with other shares have no other level."""
    mean, scale = x.mean(0), x.std(0)
    known = scale > 1e-9
    if not known.any():
        return np.zeros(len(held))
    here, there = ((part[:, known] - mean[known]) / scale[known] for part in (x, held))
    gram = here @ here.T
    penalty = np.trace(gram) / len(gram)
    fitted: np.ndarray = np.linalg.solve(gram + penalty * np.eye(len(gram)), y - y.mean())
    return there @ here.T @ fitted
