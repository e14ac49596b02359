"""The average of adapters from several seeds."""

from dataclasses import replace

from spuriverse.finetuning.mitigations.method import Budget, Knobs, Method, Point, Pools, Setting
from spuriverse.finetuning.mitigations.methods.mixing import mixed_training


def curve(pools: Pools, budget: Budget, knobs: Knobs, setting: Setting) -> list[Point]:
    """Average the changes of the weights over runs that differ in their seed, then scale.

    Model soups (Wortsman et al. 2022) and BANG average fine-tuned weights. The members share the
    budget: k members of a k-th of the steps each, on the same images.

    Hyper-parameters: `members`, the number of runs.
    """
    return averaged(pools, budget, knobs, int(setting["members"]), 1.0)


def averaged(
    pools: Pools, budget: Budget, knobs: Knobs, members: int, proportion: float
) -> list[Point]:
    """Return the curve of the average of several runs on a mixture, scaled.

    Args:
        pools: What may be trained on.
        budget: Of the whole; every member has its share of the steps, and all of the images.
        knobs: The places of the curve.
        members: The number of runs.
        proportion: Share of spurious samples.
    """
    part = replace(budget, steps=max(1, budget.steps // members))
    runs = tuple(
        mixed_training(pools, replace(part, seed=budget.seed + 1000 * member), proportion)
        for member in range(members)
    )
    return [Point(scale, runs, scale) for scale in knobs.scales]


METHOD = Method("adapter_average", {"members": 2.0}, curve)
