"""The right answer, and the same one, in whatever order the options stand."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

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


class ShuffleLoss(SampleLoss):
    """The plain loss plus that with the options in another order and what the two differ by."""

    def __init__(self, samples: pd.DataFrame, weight: float, seed: int) -> None:
        """Remember the samples.

        Args:
            samples: Columns sample_id, image, question, options, answer; the samples of the run.
            weight: Factor of all that is added.
            seed: Of the orders.
        """
        super().__init__(samples)
        self._weight, self._seed = weight, seed
        self._rng = np.random.default_rng([seed, 18])

    def compute_loss(self, model: Any, inputs: dict[str, Any], plain_loss: Any) -> Any:
        """Return the plain loss + weight x (mean loss + mean squared difference, in nats)."""
        shuffled = self.collate(shuffle_options(self.batch(inputs), self._rng))
        tokens = (shuffled["labels"][:, 1:] != -100).sum(1)
        other = -answer_likelihood(model, shuffled) / tokens
        apart = (other - inputs["row_losses"]) ** 2
        return plain_loss + self._weight * (other + apart).mean()


def shuffle_options(samples: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return samples with their options in another order, and the answers' places in it."""
    options, answers = [], []
    for offered, answer in zip(samples["options"], samples["answer"], strict=True):
        order = rng.permutation(len(offered))
        options.append([offered[place] for place in order])
        answers.append(int(np.flatnonzero(order == answer)[0]))
    return samples.assign(options=options, answer=answers)


def curve(pools: Pools, budget: Budget, knobs: Knobs, setting: Setting) -> list[Point]:
    """A mixture in two orders of the options, then scaling of the adapter.

    Taken from ACRE (answer-consistent reinforcement learning with chains of thought): reward what
    is right and stays so when the options are shuffled. Ours: its likelihood form, without
    sampling: both orders are in a step, each carries the loss of the right answer, and the squared
    difference of the two losses asks for consistency. A model that is not shown its options sees
    the same text twice, so that nothing but the size of the loss is left.

    Further cost: a second pass. Hyper-parameters: `weight` of what is added, `proportion` of
    spurious samples.
    """
    plain = mixed_training(pools, budget, setting["proportion"])
    text = "-".join(f"{setting[name]:g}" for name in ("weight", "proportion"))
    training = replace(
        plain,
        key=f"answer_consistency-{text}-{budget.steps}-{budget.seed}",
        rows=2 * plain.rows,
        loss=ShuffleLoss(plain.samples, setting["weight"], budget.seed),
    )
    return scaled(training, knobs)


METHOD = Method("answer_consistency", {"weight": 1.0, "proportion": 0.5}, curve)
