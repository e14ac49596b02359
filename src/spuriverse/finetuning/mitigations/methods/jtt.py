"""What the base model gets wrong counts more."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from spuriverse.finetuning.loss_hook import Collate
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
from spuriverse.models import answer_samples

if TYPE_CHECKING:
    from spuriverse.models import LocalModel


class ErrorLoss(SampleLoss):
    """The plain loss plus that of the samples that the base model answers wrong."""

    def __init__(self, samples: pd.DataFrame, weight: float) -> None:
        """Remember the samples.

        Args:
            samples: Columns sample_id, image, question, options, answer; the samples of the run.
            weight: What an error counts beyond the others.
        """
        super().__init__(samples)
        self._weight = weight
        self.wrong = np.zeros(len(self.samples), bool)

    def prepare(self, base: "LocalModel", collate: Collate) -> None:
        """Ask the base model all samples."""
        super().prepare(base, collate)
        responses = answer_samples(base, self.samples)
        self.wrong = (responses["choice"] != self.samples["answer"].to_numpy()).to_numpy(bool)

    def compute_loss(self, model: Any, inputs: dict[str, Any], plain_loss: Any) -> Any:
        """Return the plain loss + weight x the mean over the batch of the losses of errors."""
        import torch

        rows = inputs["row_losses"]
        wrong = torch.as_tensor(self.wrong[inputs["columns"]["place"]], device=rows.device)
        return plain_loss + self._weight * (rows * wrong).mean()


def curve(pools: Pools, budget: Budget, knobs: Knobs, setting: Setting) -> list[Point]:
    """A mixture in which errors count more, then scaling of the adapter.

    Taken from Just Train Twice (Liu et al. 2021): the errors of a first model stand for the groups
    that a shortcut fails, so that no attribute needs to be known, and count more in the second
    training. Ours: the first model is the base model, whose training is what the shortcut came
    from, so the first of the two trainings costs nothing here but one pass over the samples.

    Hyper-parameters: `weight` of an error beyond the others, `proportion` of spurious samples.
    """
    plain = mixed_training(pools, budget, setting["proportion"])
    text = "-".join(f"{setting[name]:g}" for name in ("weight", "proportion"))
    training = replace(
        plain,
        key=f"jtt-{text}-{budget.steps}-{budget.seed}",
        rows=plain.rows + -(-len(plain.samples) // budget.steps),
        loss=ErrorLoss(plain.samples, setting["weight"]),
    )
    return scaled(training, knobs)


METHOD = Method("jtt", {"weight": 4.0, "proportion": 0.25}, curve)
