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

    Of every step's images a share is spurious and carries the plain loss; the others are
    non-spurious and carry D(base || model), the loss of learning without forgetting (Li and Hoiem
    2016) with the whole answer distribution as target. So a step has as many images as one of
    `mixing`, and a run as many distinct ones; what is extra is one pass of the base model over the
    non-spurious ones. The run is more timid than a plain one; the scale makes up for it.

    Hyper-parameters: `weight` of the divergence, `proportion` of spurious samples.
    """
    share, weight = setting["proportion"], setting["weight"]
    # At least one image of either sort a step, however small a step is.
    rows = min(max(1, round(share * budget.batch_size)), budget.batch_size - 1)
    spurious = replace(budget, samples=round(share * budget.samples), batch_size=rows)
    anchors = pools.draw_non_spurious(budget.samples - spurious.samples)
    training = Training(
        key=f"kl_anchor-{weight:g}-{share:g}-{budget.steps}-{budget.seed}",
        samples=pools.draw_spurious(spurious.samples),
        budget=spurious,
        images=budget.samples,
        rows=budget.batch_size,
        loss=AnchorLoss(anchors, budget.batch_size - rows, weight, budget.seed),
    )
    return scaled(training, knobs)


METHOD = Method("kl_anchor", {"weight": 4.0, "proportion": 0.5}, curve)
