"""The paper's curve: spurious and non-spurious samples mixed in several proportions."""

import pandas as pd

from spuriverse.finetuning.mitigations.method import (
    Budget,
    Knobs,
    Method,
    Point,
    Pools,
    Setting,
    Training,
)


def curve(pools: Pools, budget: Budget, knobs: Knobs, setting: Setting) -> list[Point]:
    """Train on a mixture with the plain loss, a run per proportion (SpuriVerse, the ablation over
    the number of spurious types in training)."""
    return [Point(p, (mixed_training(pools, budget, p),)) for p in knobs.proportions]


def mixed_training(pools: Pools, budget: Budget, proportion: float) -> Training:
    """Return the plain run with that share of spurious samples; all have the same number."""
    n_spurious = round(proportion * budget.samples)
    parts = [
        pools.draw_spurious(n_spurious),
        pools.draw_non_spurious(budget.samples - n_spurious),
    ]
    return Training(
        key=f"mixed-{proportion:g}-{budget.steps}-{budget.seed}",
        samples=pd.concat(parts, ignore_index=True),
        budget=budget,
        images=budget.samples,
        rows=budget.batch_size,
    )


METHOD = Method("mixing", {}, curve)
