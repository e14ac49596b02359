"""A step that makes the loss worse must leave the representations where they are."""

from dataclasses import replace
from typing import Any

from spuriverse.finetuning.loss_hook import LossHook
from spuriverse.finetuning.mitigations.anchoring import of_the_model
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


class UphillLoss(LossHook):
    """The plain loss plus how far a step uphill moves the representations of the answers."""

    def __init__(self, weight: float, step: float) -> None:
        """Remember how much it counts and how far the step goes.

        Args:
            weight: Factor of the distance.
            step: Length of the step over all trained numbers together.
        """
        self._weight, self._step = weight, step

    def compute_loss(self, model: Any, inputs: dict[str, Any], plain_loss: Any) -> Any:
        """Return the plain loss + weight x the relative squared distance, 0 for a step of 0."""
        import torch

        trained = {name: p for name, p in model.named_parameters() if p.requires_grad}
        uphill = torch.autograd.grad(
            plain_loss, list(trained.values()), retain_graph=True, allow_unused=True
        )
        slopes = [
            torch.zeros_like(p) if g is None else g
            for p, g in zip(trained.values(), uphill, strict=True)
        ]
        length = torch.stack([g.float().norm() for g in slopes]).norm().clamp(min=1e-12)
        moved = {
            name: p + self._step * g / length
            for (name, p), g in zip(trained.items(), slopes, strict=True)
        }
        here = _represented(model, inputs, {})
        there = _represented(model, inputs, moved)
        apart = ((there - here) ** 2).sum() / (here.detach() ** 2).sum()
        return plain_loss + self._weight * apart


def _represented(model: Any, inputs: dict[str, Any], parameters: dict[str, Any]) -> Any:
    """The last hidden states at the places where an answer is written."""
    from torch.func import functional_call

    given = {**of_the_model(inputs), "output_hidden_states": True}
    output = functional_call(model, parameters, (), given)
    return output.hidden_states[-1][:, :-1][inputs["labels"][:, 1:] != -100].float()


def curve(pools: Pools, budget: Budget, knobs: Knobs, setting: Setting) -> list[Point]:
    """A mixture with the distance to an undesirable update, then scaling of the adapter.

    Taken from Learning from the Undesirable: go a step uphill on a copy of the parameters, and ask
    the representations to stay near. Ours: the step is over the adapter's numbers, of fixed length,
    and the distance is relative to the representations' own size, at the places of the answer.

    Further cost: two passes more an image. Hyper-parameters: `weight` of the distance, `step`,
    `proportion` of spurious samples.
    """
    plain = mixed_training(pools, budget, setting["proportion"])
    text = "-".join(f"{setting[name]:g}" for name in ("weight", "step", "proportion"))
    training = replace(
        plain,
        key=f"undesirable_update-{text}-{budget.steps}-{budget.seed}",
        rows=3 * plain.rows,
        loss=UphillLoss(setting["weight"], setting["step"]),
    )
    return scaled(training, knobs)


METHOD = Method("undesirable_update", {"weight": 1.0, "step": 0.1, "proportion": 0.5}, curve)
