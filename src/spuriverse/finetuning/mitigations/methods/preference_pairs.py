"""The right option is preferred to the cue's, and the cue's where it is right."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from spuriverse.finetuning.mitigations.anchoring import (
    answer_distribution,
    answer_likelihood,
    divergence,
)
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


class PreferenceLoss(SampleLoss):
    """The plain loss plus preferences between two options of one question.

    A preference is scored by the margin: beta times how much more the model favours the preferred
    option over the other than the base model does, in nats. A causal pair pays -log sigmoid(margin)
    (direct preference optimisation, Rafailov et al. 2023; the loss named "sigmoid" in TRL). A
    neutral pair pays the mean of that for the difference of the margins on an image and on its twin
    and for its negative, less log 2: nothing where the two margins tie.
    """

    def __init__(
        self, samples: pd.DataFrame, *, weight: float, beta: float, neutral: float, anchor: float
    ) -> None:
        """Remember the samples and how much each part counts.

        Args:
            samples: Columns sample_id, image, question, options, answer; twin (missing for what
                has none) and rejected: the index of the option that is not preferred, -1 for none.
            weight: Factor of all that is added to the plain loss.
            beta: Scale of the margin.
            neutral: Factor of the neutral pairs.
            anchor: Factor of the divergence from the base model per token.
        """
        super().__init__(samples)
        self._weight, self._beta, self._neutral = weight, beta, neutral
        self._anchor = anchor

    def compute_loss(self, model: Any, inputs: dict[str, Any], plain_loss: Any) -> Any:
        """Return the plain loss + weight x (causal + neutral x ties + anchor x divergence)."""
        from torch.nn.functional import logsigmoid

        batch = self.batch(inputs)
        pairs = batch[batch["rejected"] >= 0]
        extra = 0 * plain_loss
        if self._anchor:
            here = answer_distribution(model, inputs)
            extra = extra + self._anchor * divergence(_of_base(model, inputs), here)
        if len(pairs):
            margins = self._margins(model, pairs)
            extra = extra - logsigmoid(margins).mean()
            twinned = pairs["twin"].notna().to_numpy()
            if self._neutral and twinned.any():
                twins = pairs[twinned].assign(image=pairs.loc[twinned, "twin"])
                apart = margins[twinned.nonzero()[0]] - self._margins(model, twins)
                tie = (logsigmoid(apart) + logsigmoid(-apart)) / 2
                extra = extra - self._neutral * (tie.mean() + np.log(2))
        return plain_loss + self._weight * extra

    def _margins(self, model: Any, pairs: pd.DataFrame) -> Any:
        import torch

        preferred = self.collate(pairs)
        other = self.collate(pairs.assign(answer=pairs["rejected"]))
        now = answer_likelihood(model, preferred) - answer_likelihood(model, other)
        with torch.no_grad(), model.disable_adapter():
            before = answer_likelihood(model, preferred) - answer_likelihood(model, other)
        return self._beta * (now - before)


def _of_base(model: Any, inputs: dict[str, Any]) -> Any:
    import torch

    with torch.no_grad(), model.disable_adapter():
        return answer_distribution(model, inputs)


def with_rejected(samples: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return a mixture with the option that is not preferred.

    Args:
        samples: Spurious rows of `Pools`, and non-spurious ones.
        seed: Of the draw of an aligned sample's other option.

    Returns:
        The samples with `rejected`: on a spurious image the cue's option (a wrong one drawn at
        random where the cue's is not among the options), on an aligned image, whose right option is
        the cue's, a wrong one drawn at random, on others -1.
    """
    rng = np.random.default_rng([seed, 16])
    aligned = samples["subset"] == "aligned"
    columns = (samples["cue"], samples["options"], samples["answer"], aligned)
    return samples.assign(
        rejected=[_rejected(rng, *row) for row in zip(*columns, strict=True)],
    )


def _rejected(rng: np.random.Generator, cue: Any, options: Any, answer: int, aligned: bool) -> int:
    wrong = [place for place in range(len(options)) if place != answer]
    drawn = wrong[int(rng.integers(len(wrong)))] if wrong else -1
    if not isinstance(cue, str):
        return drawn if aligned else -1
    named = [place for place in wrong if options[place] == cue]
    return named[0] if named else drawn


def curve(pools: Pools, budget: Budget, knobs: Knobs, setting: Setting) -> list[Point]:
    """A mixture with preferences, then scaling of the adapter.

    Taken from preference work on shortcuts: causal and neutral pairs from robust reward modelling
    with causal rubrics (Crome), and the divergence per token that keeps a preferred reply close to
    the base model from RRPO; AVERE prefers replies that rest on what is seen in the same way. Ours:
    the pairs are made of two options of one question, the rejected one is where the attribute
    leads; on an aligned image it is the other way round, so that the cue is kept where it helps;
    the twin of a minimal pair gives the neutral pair; and the plain loss stays.

    Further cost: twins, and for every pair four answers besides the plain one, with and without
    the adapter. `rows` counts every one of them.

    Hyper-parameters: `weight` of all that is added, `beta` of the margins, `neutral` and `anchor`
    as in `PreferenceLoss`, `proportion` of spurious samples.
    """
    plain = mixed_with_seconds(pools, budget, setting["proportion"])
    known = plain.samples.reindex(columns=[*pools.spurious.columns, "subset"])
    samples = with_rejected(known, budget.seed)
    parts = {name: setting[name] for name in ("weight", "beta", "neutral", "anchor")}
    size = plain.budget.batch_size
    pairs = (samples["rejected"] >= 0).mean() * size
    twins = samples["twin"].notna().mean() * size if setting["neutral"] else 0
    anchors = 2 * size if setting["anchor"] else 0
    text = "-".join(f"{value:g}" for value in [*parts.values(), setting["proportion"]])
    training = replace(
        plain,
        key=f"preference_pairs-{text}-{budget.steps}-{budget.seed}",
        samples=samples,
        rows=round(size + anchors + 4 * (pairs + twins)),
        loss=PreferenceLoss(samples, **parts),
    )
    return scaled(training, knobs)


METHOD = Method(
    "preference_pairs",
    {"weight": 1.0, "beta": 0.5, "neutral": 1.0, "anchor": 0.1, "proportion": 0.5},
    curve,
    Needs(attributes=True, pairs=True, generator=True),
)
