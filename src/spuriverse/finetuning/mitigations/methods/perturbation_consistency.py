"""The answer must not change with small perturbations of the pixels."""

from dataclasses import replace
from typing import Any

from spuriverse.finetuning.loss_hook import LossHook
from spuriverse.finetuning.mitigations.anchoring import answer_distribution, divergence
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

_PIXELS = "pixel_values"


class PerturbationLoss(LossHook):
    """The plain loss plus the divergence between the answers to an image and to perturbed ones."""

    def __init__(self, weight: float, size: float, seed: int) -> None:
        """Remember how much it counts and how large the perturbations are.

        Args:
            weight: Factor of the divergence, whose unit is nats per token.
            size: Of the change of every pixel value, as the model's processor scales them.
            seed: Of the random perturbations.
        """
        self._weight, self._size, self._seed = weight, size, seed
        self._steps = 0

    def compute_loss(self, model: Any, inputs: dict[str, Any], plain_loss: Any) -> Any:
        """Return the plain loss + weight x the mean divergence, 0 for perturbations of 0."""
        import torch

        pixels = inputs[_PIXELS].detach().requires_grad_()
        here = answer_distribution(model, {**inputs, _PIXELS: pixels})
        written = inputs["labels"][:, 1:]
        right = written[written != -100]
        worse = -here.gather(-1, right[:, None]).mean()
        (slope,) = torch.autograd.grad(worse, pixels, retain_graph=True)
        generator = torch.Generator().manual_seed(self._seed + self._steps)
        self._steps += 1
        random = torch.rand(pixels.shape, generator=generator).to(pixels) - 0.5
        extra = 0 * plain_loss
        for direction in (slope, random):
            changed = pixels.detach() + self._size * direction.sign()
            there = answer_distribution(model, {**inputs, _PIXELS: changed})
            extra = extra + (divergence(here, there) + divergence(there, here)) / 4
        return plain_loss + self._weight * extra


def curve(pools: Pools, budget: Budget, knobs: Knobs, setting: Setting) -> list[Point]:
    """A mixture with consistency under perturbation, then scaling of the adapter.

    Taken from "Diagnosing and Mitigating Modality Interference in MLLMs": random and adversarial
    perturbations (one step of projected gradient descent) with consistency of the answer. Ours: the
    steps are in the pixel values that the model's processor makes, by the sign of the gradient, and
    the consistency is the divergence in both directions over the answer's tokens.

    Further cost: three passes more an image. Hyper-parameters: `weight` of the divergence, `size`
    of the perturbations, `proportion` of spurious samples.
    """
    plain = mixed_training(pools, budget, setting["proportion"])
    text = "-".join(f"{setting[name]:g}" for name in ("weight", "size", "proportion"))
    training = replace(
        plain,
        key=f"perturbation_consistency-{text}-{budget.steps}-{budget.seed}",
        rows=4 * plain.rows,
        loss=PerturbationLoss(setting["weight"], setting["size"], budget.seed),
    )
    return scaled(training, knobs)


METHOD = Method("perturbation_consistency", {"weight": 1.0, "size": 0.03, "proportion": 0.5}, curve)
