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
    members = int(setting["members"])
    part = replace(budget, steps=max(1, budget.steps // members))
    runs = tuple(
        mixed_training(pools, replace(part, seed=budget.seed + 1000 * member), 1.0)
        for member in range(members)
    )
    return [Point(scale, runs, scale) for scale in knobs.scales]


METHOD = Method("adapter_average", {"members": 2.0}, curve)
