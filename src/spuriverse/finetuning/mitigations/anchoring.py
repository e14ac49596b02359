"""Losses over the whole distribution of answers."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from spuriverse.finetuning.loss_hook import Collate, LossHook

if TYPE_CHECKING:
    import torch

    from spuriverse.models import LocalModel

_NOT_OF_THE_MODEL = ("labels", "columns", "row_losses")


def of_the_model(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs of a batch without what a model does not take."""
    return {key: value for key, value in inputs.items() if key not in _NOT_OF_THE_MODEL}


def answer_distribution(model: Any, inputs: Mapping[str, Any]) -> "torch.Tensor":
    """Return the log-probabilities of every token at the places where an answer is written.

    Args:
        model: A causal model.
        inputs: Its inputs with `labels`, -100 where no answer is written.

    Returns:
        Shape (places, vocabulary), in natural-log units.
    """
    logits = model(**of_the_model(inputs)).logits[:, :-1]
    return logits[inputs["labels"][:, 1:] != -100].float().log_softmax(-1)


def divergence(of: "torch.Tensor", to: "torch.Tensor") -> "torch.Tensor":
    """Return the Kullback-Leibler divergence D(of || to), the mean over places.

    Args:
        of: Log-probabilities, shape (places, vocabulary).
        to: Log-probabilities of the same shape.
    """
    return (of.exp() * (of - to)).sum(-1).mean()


def answer_likelihood(model: Any, inputs: Mapping[str, Any]) -> "torch.Tensor":
    """Return the log-likelihood of every row's answer, summed over its tokens.

    Args:
        model: A causal model.
        inputs: Its inputs with `labels`, -100 where no answer is written.

    Returns:
        Shape (rows,), in natural-log units, with its gradient.
    """
    logits = model(**of_the_model(inputs)).logits[:, :-1].float()
    labels = inputs["labels"][:, 1:]
    written = labels != -100
    tokens = logits.log_softmax(-1).gather(-1, labels.clamp(min=0)[..., None])[..., 0]
    return (tokens * written).sum(1)


class AnchorLoss(LossHook):
    """The plain loss plus the divergence to the base model's answers on other samples.

    Every step takes one batch of these samples; their batches are made once, and so are the base
    model's answers to them.
    """

    def __init__(self, samples: pd.DataFrame, batch_size: int, weight: float, seed: int) -> None:
        """Remember what to stay close to the base model on.

        Args:
            samples: Columns image, question, options, answer.
            batch_size: Samples a step.
            weight: Factor of the divergence, whose unit is nats per token.
            seed: Of the order of the batches.
        """
        self._samples, self._batch_size, self._weight = samples, batch_size, weight
        self._rng = np.random.default_rng([seed, 13])
        self._batches: list[tuple[Any, Any]] = []

    def prepare(self, base: "LocalModel", collate: Collate) -> None:
        """Make the batches, and ask the base model."""
        import torch

        order = self._rng.permutation(len(self._samples))
        for start in range(0, len(order), self._batch_size):
            batch = collate(self._samples.iloc[order[start : start + self._batch_size]])
            with torch.no_grad():
                self._batches.append((batch, answer_distribution(base.model, batch)))

    def compute_loss(self, model: Any, inputs: dict[str, Any], plain_loss: Any) -> Any:
        """Return the plain loss + weight x D(base || model) of one batch."""
        batch, target = self._batches[self._rng.integers(len(self._batches))]
        return plain_loss + self._weight * divergence(target, answer_distribution(model, batch))
