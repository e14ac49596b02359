"""The worst type first."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from spuriverse.finetuning.loss_hook import LossHook
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
from spuriverse.finetuning.mitigations.methods.mixing import mixed_training


class GroupDroLoss(LossHook):
    """GroupDRO over types (Sagawa et al. 2020, Algorithm 1).

    The weights of the types are a point on the simplex; a type's weight grows with the
    exponential of its loss. A step's loss is the weighted mean over the types in the batch.

    Attributes:
        weights: Of all types, shape (types,).
    """

    def __init__(self, types: pd.Series, step: float) -> None:
        """Start from equal weights.

        Args:
            types: Type of every sample of the run.
            step: Step size of the weights, in 1 / nats.
        """
        names = sorted(set(types))
        self._places = {name: place for place, name in enumerate(names)}
        self._step = step
        self.weights = np.full(len(names), 1 / len(names))

    def columns(self, samples: pd.DataFrame) -> dict[str, list[Any]]:
        """The place of the row's type among the weights."""
        return {"type": [self._places[name] for name in samples["type_id"]]}

    def compute_loss(self, model: Any, inputs: dict[str, Any], plain_loss: Any) -> Any:
        """Raise the weights of what went wrong, and return the weighted loss."""
        import torch

        rows = inputs["row_losses"]
        present, places = np.unique(inputs["columns"]["type"], return_inverse=True)
        index = torch.as_tensor(places, device=rows.device)
        zeros = rows.new_zeros(len(present))
        sums = zeros.index_add(0, index, rows)
        losses = sums / zeros.index_add(0, index, torch.ones_like(rows))
        self.weights[present] *= np.exp(self._step * losses.detach().cpu().numpy())
        self.weights /= self.weights.sum()
        weights = torch.as_tensor(self.weights[present], dtype=rows.dtype, device=rows.device)
        return (weights * losses).sum() / weights.sum()


def curve(pools: Pools, budget: Budget, knobs: Knobs, setting: Setting) -> list[Point]:
    """GroupDRO over the training types, on spurious samples alone, then scaling of the adapter.

    Hyper-parameters: `step` of the weights.
    """
    plain = mixed_training(pools, budget, 1.0)
    training = replace(
        plain,
        key=f"group_dro-{setting['step']:g}-{budget.steps}-{budget.seed}",
        loss=GroupDroLoss(plain.samples["type_id"], setting["step"]),
    )
    return scaled(training, knobs)


METHOD = Method("group_dro", {"step": 0.1}, curve, Needs(attributes=True))
