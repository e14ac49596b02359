"""Spurious images beside themselves with the cue's region covered, both with the right answer."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from PIL import Image

from spuriverse.evaluation import cover_region
from spuriverse.finetuning.loss_hook import Collate
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
from spuriverse.finetuning.mitigations.methods.cue_removed import RemovedLoss
from spuriverse.finetuning.mitigations.methods.mixing import mixed_with_seconds
from spuriverse.questions import open_image

if TYPE_CHECKING:
    from spuriverse.models import LocalModel


_MOST = 0.95


class CoveredLoss(RemovedLoss):
    """The plain loss plus that on spurious images whose cue is covered."""

    _folder: Any = None

    def prepare(self, base: "LocalModel", collate: Collate) -> None:
        """Write the covered images, where there is a region to cover and something beside it."""
        super().prepare(base, collate)
        self._folder = tempfile.TemporaryDirectory(prefix="covered-")
        covered = [
            self._cover(place, image, twin)
            for place, (image, twin) in enumerate(
                zip(self.samples["image"], self.samples["twin"], strict=True)
            )
        ]
        self.samples = self.samples.assign(twin=pd.Series(covered, self.samples.index, object))

    def _cover(self, place: int, image: str, twin: Any) -> str | None:
        if not isinstance(twin, str):
            return None
        shown, bare = open_image(image), open_image(twin)
        if shown.size != bare.size:
            return None
        region = changed_region(shown, bare)
        if region.mean() > _MOST:
            return None
        path = Path(self._folder.name) / f"{place}.png"
        cover_region(shown, region).save(path, compress_level=1)
        return str(path)


def changed_region(image: Image.Image, twin: Image.Image) -> np.ndarray:
    """Return where the two pictures of a minimal pair differ.

    Args:
        image: RGB.
        twin: RGB, of the same size.

    Returns:
        Booleans of shape (height, width).
    """
    return (np.asarray(image) != np.asarray(twin)).any(axis=-1)


def curve(pools: Pools, budget: Budget, knobs: Knobs, setting: Setting) -> list[Point]:
    """A mixture and its spurious images with the cue's region covered, then scaling of the adapter.

    What a mask of the spurious attribute can do, as MM-SpuBench marks it: the region goes, whatever
    would be there without the attribute. Ours: the mask is where the two pictures of a minimal pair
    differ, and the region gets the mean colour of the rest. What changes the whole picture, as
    light does, or is of another size in the twin leaves nothing to cover: such an image has no
    second.

    Further cost: every covered image counts as another one. Hyper-parameters: `weight` of the loss
    on them, `proportion` of spurious samples.
    """
    plain = mixed_with_seconds(pools, budget, setting["proportion"])
    samples = plain.samples.reindex(columns=[*pools.spurious.columns, "subset"])
    share = samples["twin"].notna().mean()
    text = "-".join(f"{setting[name]:g}" for name in ("weight", "proportion"))
    training = replace(
        plain,
        key=f"cue_covered-{text}-{budget.steps}-{budget.seed}",
        samples=samples,
        rows=round(plain.budget.batch_size * (1 + share)),
        loss=CoveredLoss(samples, setting["weight"]),
    )
    return scaled(training, knobs)


METHOD = Method(
    "cue_covered", {"weight": 1.0, "proportion": 0.5}, curve, Needs(pairs=True, generator=True)
)
