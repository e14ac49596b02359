"""A second opinion that disagrees where nobody has said what is right, and the better of both."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from spuriverse.finetuning.loss_hook import Collate
from spuriverse.finetuning.mitigations.anchoring import answer_likelihood
from spuriverse.finetuning.mitigations.asking import Asking, OpenAt
from spuriverse.finetuning.mitigations.batches import SampleLoss
from spuriverse.finetuning.mitigations.method import (
    Budget,
    Knobs,
    Method,
    Point,
    Pools,
    Setting,
    Training,
    scaled,
)
from spuriverse.models import answer_samples

if TYPE_CHECKING:
    from spuriverse.models import LocalModel

_KEPT_SHARE = 16


class DisagreementLoss(SampleLoss):
    """The plain loss on labelled samples plus agreement with the base model on unlabelled ones."""

    def __init__(
        self,
        labelled: pd.DataFrame,
        unlabelled: pd.DataFrame,
        *,
        weight: float,
        batch_size: int,
        seed: int,
    ) -> None:
        """Remember the samples.

        Args:
            labelled: The samples of the run.
            unlabelled: Columns sample_id, image, question, options and answer; what is right is not
                looked at.
            weight: Factor of the agreement, whose unit is nats.
            batch_size: Unlabelled samples a step.
            seed: Of the order of the unlabelled samples.
        """
        super().__init__(labelled)
        self._unlabelled = unlabelled.drop_duplicates("sample_id").reset_index(drop=True)
        self._weight, self._size = weight, min(batch_size, len(self._unlabelled))
        self._rng = np.random.default_rng([seed, 27])
        self._base: list[np.ndarray] = []

    def prepare(self, base: "LocalModel", collate: Collate) -> None:
        """Ask the base model the unlabelled samples."""
        super().prepare(base, collate)
        responses = answer_samples(base, self._unlabelled)
        self._base = [_shares(row) for row in responses["option_scores"]]

    def compute_loss(self, model: Any, inputs: dict[str, Any], plain_loss: Any) -> Any:
        """Return the plain loss + weight x the mean over some unlabelled samples.

        Of a sample it is -log(p (1 - q) + (1 - p) q), with p and q the base model's and the model's
        probability, among the options, of the base model's answer.
        """
        import torch

        places = self._rng.permutation(len(self._unlabelled))[: self._size]
        places = np.array([place for place in places if len(self._base[place])], int)
        if not len(places):
            return plain_loss
        rows = self._unlabelled.iloc[places]
        counts = rows["options"].map(len).tolist()
        asked = rows.iloc[np.repeat(np.arange(len(rows)), counts)]
        asked = asked.assign(answer=[option for n in counts for option in range(n)])
        scores = answer_likelihood(model, self.collate(asked)).split(counts)
        losses = []
        for place, row in zip(places, scores, strict=True):
            first = self._base[place]
            answer = int(first.argmax())
            p, q = float(first[answer]), row.softmax(0)[answer]
            losses.append(-(p * (1 - q) + (1 - p) * q).clamp(min=1e-6).log())
        return plain_loss + self._weight * torch.stack(losses).mean()


class KeepRight(Asking):
    """Ask the base model or the second one, whichever is right on more counter-examples."""

    def __init__(self, counter: pd.DataFrame) -> None:
        """Remember the counter-examples.

        Args:
            counter: Labelled samples on which the attribute misleads.
        """
        self._counter = counter
        self.fitting = 2 * len(counter)
        self._keeps: dict[float, bool] = {}

    def answer(
        self, opened: OpenAt, scale: float, samples: pd.DataFrame, batch_size: int
    ) -> pd.DataFrame:
        """Answer by the one that is kept; of equally good ones the second."""
        if scale not in self._keeps:
            right = []
            for factor in (0.0, scale):
                with opened(factor) as model:
                    choices = answer_samples(model, self._counter, batch_size=batch_size)["choice"]
                known = choices.fillna(-1).to_numpy() == self._counter["answer"].to_numpy()
                right.append(int(known.sum()))
            self._keeps[scale] = right[1] >= right[0]
        with opened(scale if self._keeps[scale] else 0.0) as model:
            return answer_samples(model, samples, batch_size=batch_size)


def curve(pools: Pools, budget: Budget, knobs: Knobs, setting: Setting) -> list[Point]:
    """Ordinary samples with labels, others to disagree on without, then scaling of the adapter.

    Taken from "Unraveling the Key Components of OOD Generalization via Diversification" and what it
    examines (D-BAT): two hypotheses that agree on labelled and disagree on unlabelled images, of
    which the one is kept that is right on a few labelled counter-examples. Ours: the first is the
    base model, whose training is what the shortcut came from, and the second an adapter on it; the
    disagreement is over the options of a question. How it hangs on `mix`, the share of spurious
    images among the unlabelled ones, is what to look at: compare settings that differ in it.

    Cost: a pass more for every option of every unlabelled image; both models on the
    counter-examples. Hyper-parameters: `weight` of the disagreement, `mix`.
    """
    kept = max(1, budget.samples // _KEPT_SHARE)
    half = budget.samples // 2
    n_unlabelled = budget.samples - half - kept
    n_spurious = round(setting["mix"] * n_unlabelled)
    spurious = pools.draw_spurious(kept + n_spurious)
    ordinary = pools.draw_non_spurious(half + n_unlabelled - n_spurious)
    labelled, others = ordinary.iloc[:half], ordinary.iloc[half:]
    unlabelled = pd.concat([spurious.iloc[kept:], others], ignore_index=True)
    rows = max(1, budget.batch_size // 2)
    part = replace(budget, samples=half, batch_size=rows)
    text = "-".join(f"{setting[name]:g}" for name in ("weight", "mix"))
    loss = DisagreementLoss(
        labelled,
        unlabelled,
        weight=setting["weight"],
        batch_size=budget.batch_size - rows,
        seed=budget.seed,
    )
    options = unlabelled["options"].map(len).mean()
    training = Training(
        key=f"diversify-{text}-{budget.steps}-{budget.seed}",
        samples=labelled,
        budget=part,
        images=budget.samples,
        rows=round(rows + (budget.batch_size - rows) * options),
        loss=loss,
    )
    asking = KeepRight(spurious.iloc[:kept])
    return [replace(point, asking=asking) for point in scaled(training, knobs)]


def _shares(scores: Any) -> np.ndarray:
    """Probabilities of the options, nothing for a question without scores."""
    if len(scores) < 2:
        return np.zeros(0)
    shifted = np.exp(np.asarray(scores, float) - max(scores))
    return shifted / shifted.sum()


METHOD = Method("diversify", {"weight": 1.0, "mix": 0.5}, curve)
