"""Members that are not too sure of themselves, averaged."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from PIL import Image

from spuriverse.finetuning.loss_hook import Collate
from spuriverse.finetuning.mitigations.anchoring import answer_distribution
from spuriverse.finetuning.mitigations.batches import SampleLoss
from spuriverse.finetuning.mitigations.method import Budget, Knobs, Method, Point, Pools, Setting
from spuriverse.finetuning.mitigations.methods.mixing import mixed_training
from spuriverse.questions import open_image

if TYPE_CHECKING:
    import torch

    from spuriverse.models import LocalModel

_SHAPE = 0.5


class MixupLoss(SampleLoss):
    """The plain loss plus a smoothed one on blends of two images, asked about both."""

    def __init__(
        self, samples: pd.DataFrame, *, weight: float, smoothing: float, seed: int
    ) -> None:
        """Remember the samples.

        Args:
            samples: Columns sample_id, image, question, options, answer.
            weight: Factor of the loss on blends.
            smoothing: Share of the target that is spread over the vocabulary.
            seed: Of who is blended with whom, and how strongly.
        """
        super().__init__(samples)
        self._weight, self._smoothing, self._seed = weight, smoothing, seed
        self._folder: Any = None
        self._blends: list[str] = []
        self._partners = np.zeros(0, int)
        self._shares = np.zeros(0)

    def prepare(self, base: "LocalModel", collate: Collate) -> None:
        """Draw a partner for every sample, and write the blends."""
        super().prepare(base, collate)
        self._folder, self._blends = tempfile.TemporaryDirectory(prefix="blends-"), []
        rng, n = np.random.default_rng([self._seed, 18]), len(self.samples)
        self._partners = rng.integers(n, size=n)
        drawn = rng.beta(_SHAPE, _SHAPE, n)
        self._shares = np.maximum(drawn, 1 - drawn)
        images = self.samples["image"].tolist()
        for place, (partner, share) in enumerate(zip(self._partners, self._shares, strict=True)):
            path = Path(self._folder.name) / f"{place}.png"
            mine, theirs = open_image(images[place]), open_image(images[partner])
            Image.blend(theirs.resize(mine.size), mine, float(share)).save(path)
            self._blends.append(str(path))

    def compute_loss(self, model: Any, inputs: dict[str, Any], plain_loss: Any) -> Any:
        """Return the plain loss + weight x the smoothed loss on blends, weighed by their shares."""
        import torch

        places = inputs["columns"]["place"]
        blends = [self._blends[place] for place in places]
        extra = 0 * plain_loss
        for asked, shares in (
            (self.samples.iloc[places], self._shares[places]),
            (self.samples.iloc[self._partners[places]], 1 - self._shares[places]),
        ):
            given = self.collate(asked.assign(image=blends))
            factors = torch.as_tensor(shares, device=plain_loss.device, dtype=torch.float32)
            extra = extra + smoothed_loss(model, given, factors, self._smoothing)
        return plain_loss + self._weight * extra


def smoothed_loss(
    model: Any, inputs: dict[str, Any], factors: "torch.Tensor", smoothing: float
) -> "torch.Tensor":
    """Return the mean loss over the answers' tokens, label-smoothed, every row times a factor.

    Args:
        model: A causal model.
        inputs: Its inputs with `labels`, -100 where no answer is written.
        factors: Shape (rows,).
        smoothing: Share of the target that is spread evenly over the vocabulary.
    """
    answers = answer_distribution(model, inputs)
    labels = inputs["labels"][:, 1:]
    written = labels != -100
    right = answers.gather(-1, labels[written][:, None])[:, 0]
    losses = -(1 - smoothing) * right - smoothing * answers.mean(-1)
    return (factors.repeat_interleave(written.sum(1)) * losses).mean()


def curve(pools: Pools, budget: Budget, knobs: Knobs, setting: Setting) -> list[Point]:
    """Average runs that saw blended images and smoothed answers, then scale.

    Taken from Spurious Feature Diversification (BANG): weights that are averaged must not be
    overconfident, for which label smoothing and mixup are enough. Ours: blends are of whole images
    and asked about with either question, each answer weighing as much as its image shows, so that
    the two need not be of one kind; the plain loss stays beside them. Members share the steps as in
    `adapter_average`, which this is compared with.

    Further cost: two passes more an image. Hyper-parameters: `members`, `weight` of the loss on
    blends, `smoothing`, `proportion` of spurious samples.
    """
    members = int(setting["members"])
    part = replace(budget, steps=max(1, budget.steps // members))
    text = "-".join(f"{setting[k]:g}" for k in ("members", "weight", "smoothing", "proportion"))
    runs = []
    for member in range(members):
        own = replace(part, seed=budget.seed + 1000 * member)
        plain = mixed_training(pools, own, setting["proportion"])
        loss = MixupLoss(
            plain.samples, weight=setting["weight"], smoothing=setting["smoothing"], seed=own.seed
        )
        key = f"balanced_average-{text}-{own.steps}-{own.seed}"
        runs.append(replace(plain, key=key, rows=3 * plain.rows, loss=loss))
    return [Point(scale, tuple(runs), scale) for scale in knobs.scales]


METHOD = Method(
    "balanced_average",
    {"members": 2.0, "weight": 1.0, "smoothing": 0.1, "proportion": 1.0},
    curve,
)
