"""Replace the regions that pull the answer to the cue by those of other images."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from PIL import Image

from spuriverse.evaluation import cell_pulls, grid_cells
from spuriverse.finetuning.loss_hook import Collate
from spuriverse.finetuning.mitigations.anchoring import answer_likelihood
from spuriverse.finetuning.mitigations.batches import SampleLoss
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
from spuriverse.finetuning.mitigations.methods.mixing import mixed_with_seconds
from spuriverse.questions import open_image

if TYPE_CHECKING:
    from spuriverse.models import LocalModel

_SIDE = 4
_ASKED_AT_ONCE = 128


class RegionLoss(SampleLoss):
    """The plain loss plus that on spurious images whose pulling regions come from other images."""

    def __init__(self, samples: pd.DataFrame, *, weight: float, cells: int, seed: int) -> None:
        """Remember the samples.

        Args:
            samples: Columns sample_id, image, question, options, answer and cue: the option to
                which the attribute leads, as text; missing for what is not spurious.
            weight: Factor of the loss on the changed images.
            cells: Most cells, of 4 x 4, that are replaced in an image.
            seed: Of the draw of the images that the cells are taken from.
        """
        super().__init__(samples)
        self._weight, self._cells, self._seed = weight, cells, seed
        self._changed: dict[str, str] = {}
        self._folder: Any = None

    def prepare(self, base: "LocalModel", collate: Collate) -> None:
        """Find the regions by the base model's answers, and write the changed images."""
        super().prepare(base, collate)
        self._folder = tempfile.TemporaryDirectory(prefix="regions-")
        cues = [
            _cue(*row) for row in zip(self.samples["cue"], self.samples["options"], strict=True)
        ]
        spurious = self.samples[[cue >= 0 for cue in cues]]
        if spurious.empty:
            return
        pulls = cell_pulls(
            base,
            spurious,
            [cue for cue in cues if cue >= 0],
            side=_SIDE,
            batch_size=_ASKED_AT_ONCE,
        )
        rng = np.random.default_rng([self._seed, 17])
        donors = self.samples["image"].tolist()
        for place, (name, image) in enumerate(
            zip(spurious["sample_id"], spurious["image"], strict=True)
        ):
            other = donors[int(rng.integers(len(donors)))]
            path = Path(self._folder.name) / f"{place}.png"
            replace_cells(open_image(image), open_image(other), pulls[place], self._cells).save(
                path
            )
            self._changed[name] = str(path)

    def compute_loss(self, model: Any, inputs: dict[str, Any], plain_loss: Any) -> Any:
        """Return the plain loss + weight x the loss per token on the changed images."""
        batch = self.batch(inputs)
        shown = batch[batch["sample_id"].isin(self._changed)]
        if shown.empty:
            return plain_loss
        changed = self.collate(shown.assign(image=shown["sample_id"].map(self._changed)))
        tokens = (changed["labels"][:, 1:] != -100).sum()
        return plain_loss - self._weight * answer_likelihood(model, changed).sum() / tokens


def replace_cells(
    image: Image.Image, other: Image.Image, pulls: np.ndarray, cells: int
) -> Image.Image:
    """Return an image in which the cells that pull the most come from another image.

    Args:
        image: RGB.
        other: RGB; brought to the size of `image`.
        pulls: Of every cell, a square number of them, row by row.
        cells: Most cells to replace; one that does not pull stays.
    """
    pixels, theirs = np.asarray(image).copy(), np.asarray(other.resize(image.size))
    regions = grid_cells(image.size, round(len(pulls) ** 0.5))
    for cell in np.argsort(-pulls, kind="stable")[:cells]:
        if pulls[cell] > 0:
            pixels[regions[cell]] = theirs[regions[cell]]
    return Image.fromarray(pixels)


def _cue(cue: Any, options: Any) -> int:
    options = list(options)
    return options.index(cue) if isinstance(cue, str) and cue in options else -1


def curve(pools: Pools, budget: Budget, knobs: Knobs, setting: Setting) -> list[Point]:
    """A mixture and changed copies of its spurious images, then scaling of the adapter.

    Taken from RaVL (discovering and mitigating spurious correlations in fine-tuned vision-language
    models): find regions by their effect on the model's answers, and train with a loss that sees
    them in other company. Ours: a region is a cell of a grid, and it is found by covering it and
    reading the log-odds of the cue's option, which needs nothing of a model but its answers; the
    loss is that of answering, on the image with cells of another training image in their place.

    Further cost: the changed images, of which each counts as another one, and the search, 17 passes
    an image without gradient. `rows` counts both.

    Hyper-parameters: `weight` of the loss on changed images, `cells` replaced, `proportion` of
    spurious samples.
    """
    plain = mixed_with_seconds(pools, budget, setting["proportion"])
    samples = plain.samples.reindex(columns=[*pools.spurious.columns, "subset"])
    loss = RegionLoss(
        samples, weight=setting["weight"], cells=int(setting["cells"]), seed=budget.seed
    )
    spurious = samples["cue"].notna()
    search = spurious.sum() * (1 + _SIDE**2) / budget.steps
    text = "-".join(f"{setting[name]:g}" for name in ("weight", "cells", "proportion"))
    size = plain.budget.batch_size
    training = replace(
        plain,
        key=f"region_aware-{text}-{budget.steps}-{budget.seed}",
        samples=samples,
        rows=round(size * (1 + spurious.mean()) + search),
        loss=loss,
    )
    return scaled(training, knobs)


METHOD = Method(
    "region_aware", {"weight": 1.0, "cells": 3.0, "proportion": 0.5}, curve, Needs(attributes=True)
)
