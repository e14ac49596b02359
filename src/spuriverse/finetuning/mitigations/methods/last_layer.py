"""Adapt the last layer alone, on data in which the cue helps as often as it misleads."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from spuriverse.finetuning.loss_hook import Collate, LossHook
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
from spuriverse.problems import Problem

if TYPE_CHECKING:
    from spuriverse.models import LocalModel

_LAYER = re.compile(r"\.layers\.(\d+)\.")
_VISION = re.compile(r"vision|visual")


class LastLayerLoss(LossHook):
    """The plain loss; only the adapter of the language tower's last layer is trained."""

    def prepare(self, base: "LocalModel", collate: Collate) -> None:
        """Freeze the adapter of every other layer.

        Raises:
            Problem: The language tower has no adapter.
        """
        trained = {n: p for n, p in base.model.named_parameters() if p.requires_grad}
        layers = {
            name: int(found[1])
            for name in trained
            if (found := _LAYER.search(name)) and not _VISION.search(name)
        }
        if not layers:
            raise Problem(
                "last_layer trains the language tower, which has no adapter in this run; set"
                " finetuning.layers to language or both."
            )
        last = max(layers.values())
        for name, parameter in trained.items():
            parameter.requires_grad_(layers.get(name) == last)


def curve(pools: Pools, budget: Budget, knobs: Knobs, setting: Setting) -> list[Point]:
    """Half spurious, half non-spurious samples, the last layer alone, then scaling of the adapter.

    Taken from deep feature reweighting (Kirichenko et al. 2023, last layer re-training): the
    features are good enough, and what is read off them is learnt anew on balanced data. Ours: the
    adapter of the last decoder layer takes the place of a linear head, which a model that answers
    in text does not have.

    Hyper-parameters: `proportion` of spurious samples.
    """
    plain = mixed_training(pools, budget, setting["proportion"])
    training = replace(
        plain,
        key=f"last_layer-{setting['proportion']:g}-{budget.steps}-{budget.seed}",
        loss=LastLayerLoss(),
    )
    return scaled(training, knobs)


METHOD = Method("last_layer", {"proportion": 0.5}, curve)
