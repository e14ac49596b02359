"""Put what attributes change in one picture into other pictures."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd
from PIL import Image

from spuriverse.finetuning.loss_hook import Collate
from spuriverse.finetuning.mitigations.differences import DifferenceBank, add_change
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
from spuriverse.finetuning.mitigations.methods.mixing import mixed_training
from spuriverse.finetuning.mitigations.repainting import Repainting

if TYPE_CHECKING:
    from spuriverse.models import LocalModel

TWINS = 0.25
"""Share of the distinct images that goes to the twins, whose differences are transplanted."""

_OFTEN = 0.7
_TWICE = 0.3


class Transplant(Repainting):
    """The plain loss on pictures that show a difference of some minimal pair, or of two."""

    def __init__(
        self, samples: pd.DataFrame, pairs: pd.DataFrame, *, amplitude: float, seed: int
    ) -> None:
        """Remember the samples and the pairs.

        Args:
            samples: As in `SampleLoss`.
            pairs: Columns image, twin, question. A picture gets a difference only where its
                question is one that a pair was asked: there it leaves the right answer alone.
            amplitude: Factor of the differences; at 0 the run is a plain one to the bit.
            seed: Of the differences that are drawn.
        """
        super().__init__(samples, seed)
        self._pairs, self._amplitude, self._seed = pairs, amplitude, seed
        self._questions = set(pairs["question"])
        self._bank: DifferenceBank | None = None

    def prepare(self, base: "LocalModel", collate: Collate) -> None:
        """Read the pairs."""
        super().prepare(base, collate)
        columns = (self._pairs["image"], self._pairs["twin"])
        self._bank = DifferenceBank(zip(*columns, strict=True))

    def repaint(self, sample: Any, picture: Image.Image) -> Image.Image | None:
        """Add a difference in seven of ten cases, and in three of ten of these a second one."""
        assert self._bank is not None
        if sample.question not in self._questions or self.rng.random() >= _OFTEN:
            return None
        change = self._bank.draw(self.rng, picture.size)
        if self.rng.random() < _TWICE:
            change = change + self._bank.draw(self.rng, picture.size)
        return add_change(picture, change, self._amplitude)


def curve(pools: Pools, budget: Budget, knobs: Knobs, setting: Setting) -> list[Point]:
    """A mixture whose pictures show transplanted differences, then scaling of the adapter.

    Ours. Training on spurious images teaches that the attributes of the training types mislead;
    held-out attributes it leaves half in force. The difference between the two pictures of a
    minimal pair is what an attribute does to pixels. Turned, recoloured, weaker or stronger, it is
    what some other attribute might do, and put into pictures that carry the plain loss it teaches
    that *any* such change leaves the answer alone. Unlike an attack on the pixels it has the
    structure of an attribute; unlike made-up distractors it needs no idea of what attributes look
    like. Pairs of photographs by inpainting or pasting serve as well as rendered ones.

    Cost: a quarter of the distinct images are twins; pictures are processed anew, which adds about
    a twentieth of the time; no further pass.

    Hyper-parameters: `amplitude` of the differences, `proportion` of spurious samples.
    """
    return scaled(transplanted_training(pools, budget, setting), knobs)


def twin_pairs(pools: Pools, budget: Budget, proportion: float) -> pd.DataFrame:
    """Return the minimal pairs whose spurious images a run on part of the budget trains on."""
    part = _without_twins(budget)
    n = min(budget.samples - part.samples, round(proportion * part.samples))
    return pools.draw_spurious(max(1, n)).dropna(subset=["twin"])


def transplanted_training(pools: Pools, budget: Budget, setting: Setting) -> Training:
    """Return a run on a mixture with transplanted differences.

    Args:
        pools: What may be trained on.
        budget: Of the whole, twins included.
        setting: Has `amplitude` and `proportion`.
    """
    amplitude, proportion = setting["amplitude"], setting["proportion"]
    plain = mixed_training(pools, _without_twins(budget), proportion)
    pairs = twin_pairs(pools, budget, proportion)
    return replace(
        plain,
        key=f"transplant-{amplitude:g}-{proportion:g}-{budget.steps}-{budget.seed}",
        images=len({*plain.samples["image"], *pairs["image"], *pairs["twin"]}),
        loss=Transplant(plain.samples, pairs, amplitude=amplitude, seed=budget.seed),
    )


def _without_twins(budget: Budget) -> Budget:
    return replace(budget, samples=max(2, budget.samples - round(TWINS * budget.samples)))


METHOD = Method(
    "transplant", {"amplitude": 1.0, "proportion": 0.5}, curve, Needs(pairs=True, generator=True)
)
