"""Other ways to ask the model of a point: about parts or changed copies of an image."""

import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from spuriverse.models import LocalModel, answer_samples
from spuriverse.problems import Problem
from spuriverse.questions import open_image

Combine = Callable[..., list[float]]
"""From the scores of a question's options in each of several answers makes those that decide."""

OpenAt = Callable[[float], AbstractContextManager[LocalModel]]
"""Opens a point's model with its adapter at some factor; 0 is the base model."""


class Asking(ABC):
    """A way to ask a point's model; a method makes one and gives it to all points of its curve."""

    passes: int = 1
    """Forward passes per question, at most."""

    fitting: int = 0
    """Images that run through the model to settle how it is asked, once a point."""

    @abstractmethod
    def answer(
        self, opened: OpenAt, scale: float, samples: pd.DataFrame, batch_size: int
    ) -> pd.DataFrame:
        """Answer questions.

        Args:
            opened: Opens the model.
            scale: Factor of the adapter, above 0.
            samples: Columns sample_id, subset, image, question, options, answer. What is right is
                for marking alone.
            batch_size: Questions a forward pass.

        Returns:
            A `responses` table.
        """


class Views(Asking):
    """Ask about several pictures made of each image, and add up the options' log-likelihoods."""

    def __init__(self, change: Callable[[Image.Image], Sequence[Image.Image]], passes: int) -> None:
        """Remember how pictures are made.

        Args:
            change: From an RGB image makes as many pictures as `passes`.
            passes: How many.
        """
        self._change, self.passes = change, passes
        self._folder = tempfile.TemporaryDirectory(prefix="views-")
        self._made: dict[str, list[str]] = {}

    def answer(
        self, opened: OpenAt, scale: float, samples: pd.DataFrame, batch_size: int
    ) -> pd.DataFrame:
        """Answer by the mean of the options' log-likelihoods over the pictures of an image."""
        views = [self._views_of(path) for path in samples["image"]]
        with opened(scale) as model:
            parts = [
                answer_samples(
                    model, samples.assign(image=[v[n] for v in views]), batch_size=batch_size
                )
                for n in range(self.passes)
            ]
        return add_up(parts)

    def _views_of(self, path: str) -> list[str]:
        """The pictures of an image; an image that cannot be opened is asked about, and refused."""
        if path not in self._made:
            try:
                pictures = list(self._change(open_image(path)))
            except Problem:
                return [path] * self.passes
            names = []
            for number, picture in enumerate(pictures):
                file = Path(self._folder.name) / f"{len(self._made)}-{number}.png"
                picture.save(file, compress_level=1)
                names.append(str(file))
            self._made[path] = names
        return self._made[path]


def add_up(
    parts: Sequence[pd.DataFrame], combine: Combine = lambda *rows: np.mean(rows, axis=0).tolist()
) -> pd.DataFrame:
    """Return the answers by the mean scores of several answers to the same questions.

    Args:
        parts: `responses` tables in one order of samples, with scores of the options.
        combine: Makes the scores of a question of those in the parts, if it is not the mean.

    Returns:
        The first, with the new scores and the option that has the greatest; an answer that failed
        in some part stays as it is in the first that failed.
    """
    whole = parts[0].reset_index(drop=True)
    scores: list[list[float]] = []
    choices: list[int | None] = []
    failed = whole["outcome"] == "failed"
    for rows in zip(*(part["option_scores"] for part in parts), strict=True):
        if all(len(row) for row in rows):
            scores.append(combine(*rows))
            choices.append(int(np.argmax(scores[-1])))
        else:
            scores.append([])
            choices.append(None)
    for part in parts[1:]:
        other = part.reset_index(drop=True)
        worse = (other["outcome"] == "failed") & ~failed
        whole[worse] = other[worse]
        failed |= worse
    known = ~failed
    return whole.assign(
        option_scores=pd.Series(scores, dtype=object).where(known, whole["option_scores"]),
        choice=pd.array(
            [c if k else None for c, k in zip(choices, known, strict=True)], dtype="Int64"
        ),
    )
