"""The core and the spurious image of a minimal pair must be answered alike."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from spuriverse.finetuning.loss_hook import Collate, LossHook
from spuriverse.finetuning.mitigations.anchoring import answer_distribution, divergence
from spuriverse.finetuning.mitigations.method import (
    Budget,
    Knobs,
    Method,
    Needs,
    Point,
    Pools,
    Setting,
    Training,
    scaled,
)

if TYPE_CHECKING:
    from spuriverse.models import LocalModel


class PairLoss(LossHook):
    """The plain loss plus the divergence, in both directions, between the answers to a pair."""

    def __init__(self, pairs: pd.DataFrame, weight: float) -> None:
        """Remember the pairs.

        Args:
            pairs: Columns image, twin, question, options, answer; the samples of the run.
            weight: Factor of the divergence, whose unit is nats per token.
        """
        self._pairs, self._weight = pairs.drop_duplicates("image"), weight
        self._places = {image: place for place, image in enumerate(self._pairs["image"])}
        self._collate: Collate | None = None

    def prepare(self, base: "LocalModel", collate: Collate) -> None:
        """Keep what turns samples into inputs."""
        self._collate = collate

    def columns(self, samples: pd.DataFrame) -> dict[str, list[Any]]:
        """The row's pair."""
        return {"pair": [self._places[image] for image in samples["image"]]}

    def compute_loss(self, model: Any, inputs: dict[str, Any], plain_loss: Any) -> Any:
        """Return the plain loss + weight x (D(a || b) + D(b || a)) / 2 over the batch's pairs."""
        assert self._collate is not None
        pairs = self._pairs.iloc[inputs["columns"]["pair"]]
        twins = self._collate(pairs.assign(image=pairs["twin"]))
        here, there = answer_distribution(model, inputs), answer_distribution(model, twins)
        both = divergence(here, there) + divergence(there, here)
        return plain_loss + self._weight * both / 2


def curve(pools: Pools, budget: Budget, knobs: Knobs, setting: Setting) -> list[Point]:
    """Spurious samples with the plain loss, and equal answers to their twins without attribute.

    Counterfactual invariance (Veitch et al. 2021) asks that nothing but the attribute's presence
    changes the answer; a minimal pair shows just that. Half as many spurious samples leave room
    for their twins in the number of images; the second pass over the spurious half is extra.

    Hyper-parameters: `weight` of the divergence.
    """
    half = replace(budget, samples=budget.samples // 2, batch_size=budget.batch_size // 2)
    samples = pools.draw_spurious(half.samples)
    training = Training(
        key=f"pair_consistency-{setting['weight']:g}-{budget.steps}-{budget.seed}",
        samples=samples,
        budget=half,
        images=samples["image"].nunique() + samples["twin"].nunique(),
        rows=3 * half.batch_size,
        loss=PairLoss(samples, setting["weight"]),
    )
    return scaled(training, knobs)


METHOD = Method("pair_consistency", {"weight": 1.0}, curve, Needs(pairs=True, generator=True))
