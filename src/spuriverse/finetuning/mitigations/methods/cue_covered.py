"""Spurious images beside themselves with the cue's region covered, both with the right answer."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from spuriverse.evaluation import changed_region, cover_region
from spuriverse.finetuning.loss_hook import Collate
from spuriverse.finetuning.mitigations.method import (
    Budget,
    Knobs,
    Method,
    Needs,
    Point,
    Pools,
    Setting,
)
from spuriverse.finetuning.mitigations.methods.cue_removed import RemovedLoss, beside_seconds
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
        region = changed_region(image, twin)
        if region is None or not 0 < region.mean() <= _MOST:
            return None
        path = Path(self._folder.name) / f"{place}.png"
        cover_region(open_image(image), region).save(path, compress_level=1)
        return str(path)


def curve(pools: Pools, budget: Budget, knobs: Knobs, setting: Setting) -> list[Point]:
    """A mixture and its spurious images with the cue's region covered, then scaling of the adapter.

    What a mask of the spurious attribute can do, as MM-SpuBench marks it: the region goes, whatever
    would be there without the attribute. Ours: the mask is where the two pictures of a minimal pair
    visibly differ, and the region gets the mean colour of the rest. What changes the whole picture,
    as light does, or is of another size in the twin leaves nothing to cover: such an image has no
    second.

    Further cost: every covered image counts as another one. Hyper-parameters: `weight` of the loss
    on them, `proportion` of spurious samples.
    """
    return beside_seconds("cue_covered", CoveredLoss, pools, budget, knobs, setting)


METHOD = Method(
    "cue_covered", {"weight": 1.0, "proportion": 0.5}, curve, Needs(pairs=True, generator=True)
)
