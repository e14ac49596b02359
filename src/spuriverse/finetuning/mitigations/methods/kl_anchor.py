"""Stay close to the base model's answers on non-spurious samples."""

from dataclasses import replace

from spuriverse.finetuning.mitigations.anchoring import AnchorLoss
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


def curve(pools: Pools, budget: Budget, knobs: Knobs, setting: Setting) -> list[Point]:
    """Divergence to the base model on non-spurious samples, then scaling of the adapter.

    Half of every step's images are spurious and carry the plain loss; the other half are
    non-spurious and carry D(base || model), the loss of learning without forgetting (Li and Hoiem
    2016) with the whole answer distribution as target. So a step has as many images as one of
    `mixing`, and a run as many distinct ones; what is extra is one pass of the base model over the
    non-spurious half. The run is more timid than a plain one; the scale makes up for it.

    Hyper-parameters: `weight` of the divergence.
    """
    return scaled(anchored_training("kl_anchor", pools, budget, setting["weight"]), knobs)


def anchored_training(name: str, pools: Pools, budget: Budget, weight: float) -> Training:
    """Return the run with one half spurious samples, the other half anchored to the base model.

    Args:
        name: What the run is called.
        pools: What may be trained on.
        budget: Of the whole.
        weight: Factor of the divergence.
    """
    half = replace(budget, samples=budget.samples // 2, batch_size=budget.batch_size // 2)
    anchors = pools.draw_non_spurious(half.samples)
    return Training(
        key=f"{name}-{weight:g}-{budget.steps}-{budget.seed}",
        samples=pools.draw_spurious(half.samples),
        budget=half,
        images=2 * half.samples,
        rows=2 * half.batch_size,
        loss=AnchorLoss(anchors, half.batch_size, weight, budget.seed),
    )


METHOD = Method("kl_anchor", {"weight": 4.0}, curve)
