"""A loss hook that shows the pictures of a batch changed, whatever the family of the model."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from PIL import Image

from spuriverse.finetuning.loss_hook import Collate
from spuriverse.finetuning.mitigations.batches import SampleLoss
from spuriverse.questions import open_image

if TYPE_CHECKING:
    from spuriverse.models import LocalModel

_PIXELS = "pixel_values"
_KEPT_PICTURES = 2_000


class Repainting(SampleLoss):
    """Changes pictures before the model's processor sees them; the loss is the plain one.

    Attributes:
        rng: Source of chance of the changes, apart from that of training.
    """

    def __init__(self, samples: pd.DataFrame, seed: int) -> None:
        """Remember the samples.

        Args:
            samples: As in `SampleLoss`.
            seed: Of the changes.
        """
        super().__init__(samples)
        self.rng = np.random.default_rng([seed, 78])
        self._prepare_pictures: Any = None

    def repaint(self, sample: Any, picture: Image.Image) -> Image.Image | None:
        """Return the picture as it is shown this time; None to show it as it is.

        Args:
            sample: A named row of the samples.
            picture: RGB; the result has its size.
        """
        return None

    def prepare(self, base: "LocalModel", collate: Collate) -> None:
        """Find the fastest way from pictures to inputs that gives what the processor gives."""
        super().prepare(base, collate)
        first = self.samples.iloc[:1]
        whole = collate(first)[_PIXELS]
        self._prepare_pictures = None
        if whole.ndim == 4 and len(whole) == 1:
            found = _pixels_of(base, [_open(first["image"].iloc[0])])
            if found.shape == whole.shape and bool((found.to(whole) == whole).all()):
                self._prepare_pictures = lambda pictures: _pixels_of(base, pictures)

    def change_inputs(
        self, inputs: dict[str, Any], columns: dict[str, list[Any]]
    ) -> dict[str, Any]:
        """Return the inputs with the pixels of the changed pictures."""
        batch = self.samples.iloc[columns["place"]]
        changed: dict[int, Image.Image] = {}
        for row, sample in enumerate(batch.itertuples(index=False)):
            found = self.repaint(sample, _open(sample.image))
            if found is not None:
                changed[row] = found
        if not changed:
            return inputs
        if self._prepare_pictures is not None:
            pixels = inputs[_PIXELS].clone()
            pixels[list(changed)] = self._prepare_pictures(list(changed.values())).to(pixels)
            return {**inputs, _PIXELS: pixels}
        pictures = [changed.get(row, image) for row, image in enumerate(batch["image"])]
        return self.collate(batch.assign(image=pictures))


def _pixels_of(base: "LocalModel", pictures: list[Image.Image]) -> Any:
    return base.processor.image_processor(images=pictures, return_tensors="pt")[_PIXELS]


@lru_cache(maxsize=_KEPT_PICTURES)
def _open(path: str) -> Image.Image:
    return open_image(path)
