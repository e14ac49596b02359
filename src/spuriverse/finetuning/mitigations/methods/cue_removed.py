"""Spurious images beside themselves without the cue, both with the right answer."""

from dataclasses import replace
from typing import Any

import pandas as pd

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


class RemovedLoss(SampleLoss):
    """The plain loss plus that on spurious images whose cue was taken out."""

    def __init__(self, samples: pd.DataFrame, weight: float) -> None:
        """Remember the samples.

        Args:
            samples: Columns sample_id, image, twin (the image without the attribute; missing for
                what is not spurious), question, options, answer.
            weight: Factor of the loss on the images without the cue.
        """
        super().__init__(samples)
        self._weight = weight

    def compute_loss(self, model: Any, inputs: dict[str, Any], plain_loss: Any) -> Any:
        """Return the plain loss + weight x the loss per token on the images without the cue."""
        batch = self.batch(inputs)
        shown = batch[batch["twin"].notna()]
        if shown.empty:
            return plain_loss
        removed = self.collate(shown.assign(image=shown["twin"]))
        tokens = (removed["labels"][:, 1:] != -100).sum()
        return plain_loss - self._weight * answer_likelihood(model, removed).sum() / tokens


def curve(pools: Pools, budget: Budget, knobs: Knobs, setting: Setting) -> list[Point]:
    """A mixture and its spurious images without their cue, then scaling of the adapter.

    Taken from ASPIRE (language-guided augmentation): find what goes with a label without belonging
    to it, make images without it, and train on both. Ours: what to remove is the verified
    attribute, and the images without it are the core images of the groups, which whoever made the
    groups made (the renderer, an inpainting model, a service), so that no method pays for a
    generator that another does not have; the pair is the same picture but for the attribute.

    Further cost: every removed image counts as another one. Hyper-parameters: `weight` of the loss
    on them, `proportion` of spurious samples.
    """
    return beside_seconds("cue_removed", RemovedLoss, pools, budget, knobs, setting)


def beside_seconds(
    name: str,
    loss: type[RemovedLoss],
    pools: Pools,
    budget: Budget,
    knobs: Knobs,
    setting: Setting,
) -> list[Point]:
    """Return the curve of a mixture whose spurious images are trained on twice, as a loss says.

    Args:
        name: Of the method.
        loss: Made of the samples and their weight.
        pools: As in every curve; so are the budget, the knobs and the setting.
    """
    plain = mixed_with_seconds(pools, budget, setting["proportion"])
    samples = plain.samples.reindex(columns=[*pools.spurious.columns, "subset"])
    share = samples["twin"].notna().mean()
    text = "-".join(f"{setting[name]:g}" for name in ("weight", "proportion"))
    training = replace(
        plain,
        key=f"{name}-{text}-{budget.steps}-{budget.seed}",
        samples=samples,
        rows=round(plain.budget.batch_size * (1 + share)),
        loss=loss(samples, setting["weight"]),
    )
    return scaled(training, knobs)


METHOD = Method(
    "cue_removed", {"weight": 1.0, "proportion": 0.5}, curve, Needs(pairs=True, generator=True)
)
