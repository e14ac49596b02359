"""Uncertain where the object is gone: destroy what the answer rests on, and ask for doubt there."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from spuriverse.evaluation import cell_pulls, destroy_cells
from spuriverse.finetuning.loss_hook import Collate
from spuriverse.finetuning.mitigations.anchoring import answer_likelihood
from spuriverse.finetuning.mitigations.batches import SampleLoss
from spuriverse.finetuning.mitigations.method import (
    Budget,
    Knobs,
    Method,
    Point,
    Pools,
    Setting,
    scaled,
)
from spuriverse.finetuning.mitigations.methods.mixing import mixed_training
from spuriverse.questions import open_image

if TYPE_CHECKING:
    from spuriverse.models import LocalModel

_SIDE = 4
_ASKED_AT_ONCE = 128


class OutlierLoss(SampleLoss):
    """The plain loss plus how far the options are from equally likely where the object is gone."""

    def __init__(self, samples: pd.DataFrame, *, weight: float, cells: int, seed: int) -> None:
        """Remember the samples.

        Args:
            samples: Columns sample_id, image, question, options, answer.
            weight: Factor of the divergence, whose unit is nats.
            cells: Cells, of 4 x 4, that are destroyed in an image.
            seed: Of what they are filled with.
        """
        super().__init__(samples)
        self._weight, self._cells, self._seed = weight, cells, seed
        self._folder: Any = None
        self._destroyed: list[str] = []

    def prepare(self, base: "LocalModel", collate: Collate) -> None:
        """Find what the right answers rest on by the base model, and write images without it."""
        super().prepare(base, collate)
        self._folder, self._destroyed = tempfile.TemporaryDirectory(prefix="outliers-"), []
        pulls = cell_pulls(
            base,
            self.samples,
            self.samples["answer"].astype(int).tolist(),
            side=_SIDE,
            batch_size=_ASKED_AT_ONCE,
        )
        rng = np.random.default_rng([self._seed, 19])
        for place, image in enumerate(self.samples["image"]):
            path = Path(self._folder.name) / f"{place}.png"
            destroy_cells(open_image(image), pulls[place], self._cells, rng).save(path)
            self._destroyed.append(str(path))

    def compute_loss(self, model: Any, inputs: dict[str, Any], plain_loss: Any) -> Any:
        """Return the plain loss + weight x the mean divergence from even odds, 0 at even odds."""
        import torch

        places = inputs["columns"]["place"]
        rows = self.samples.iloc[places].assign(image=[self._destroyed[p] for p in places])
        counts = rows["options"].map(len).tolist()
        asked = rows.iloc[np.repeat(np.arange(len(rows)), counts)]
        asked = asked.assign(answer=[option for n in counts for option in range(n)])
        scores = answer_likelihood(model, self.collate(asked)).split(counts)
        apart = [-row.log_softmax(0).mean() - np.log(len(row)) for row in scores]
        return plain_loss + self._weight * torch.stack(apart).mean()


def curve(pools: Pools, budget: Budget, knobs: Knobs, setting: Setting) -> list[Point]:
    """A mixture with doubt where the object was destroyed, then scaling of the adapter.

    Taken from "Going Beyond Conventional OOD Detection" (ASCOOD): outliers are made of training
    images by destroying what attribution marks as the object, which leaves the cues that go with it
    and teaches not to be sure by these alone. Ours: attribution is by covering cells and reading
    the log-odds of the right option, which needs nothing of a model but its answers, and doubt is
    that all options of the question are equally likely.

    Further cost: a pass more for every option of every image, and 17 passes an image without
    gradient. Hyper-parameters: `weight` of the divergence, `cells` destroyed, `proportion` of
    spurious samples.
    """
    plain = mixed_training(pools, budget, setting["proportion"])
    loss = OutlierLoss(
        plain.samples, weight=setting["weight"], cells=int(setting["cells"]), seed=budget.seed
    )
    options = plain.samples["options"].map(len).mean()
    search = len(plain.samples) * (1 + _SIDE**2) / budget.steps
    text = "-".join(f"{setting[name]:g}" for name in ("weight", "cells", "proportion"))
    training = replace(
        plain,
        key=f"virtual_outliers-{text}-{budget.steps}-{budget.seed}",
        rows=round(plain.rows * (1 + options) + search),
        loss=loss,
    )
    return scaled(training, knobs)


METHOD = Method("virtual_outliers", {"weight": 0.5, "cells": 4.0, "proportion": 0.5}, curve)
