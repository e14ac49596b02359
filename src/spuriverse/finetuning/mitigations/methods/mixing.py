"""The paper's curve: spurious and non-spurious samples mixed in several proportions."""

from dataclasses import replace

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
    n_spurious = _n_spurious(budget, proportion)
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


def mixed_with_seconds(pools: Pools, budget: Budget, proportion: float) -> Training:
    """Return a plain run on a mixture that leaves room for a second image of each spurious one.

    The mixture has as many samples, and a step as many images, as keep both within the budget
    when every spurious sample brings another image: its twin, or a changed version of itself.

    Args:
        pools: What may be trained on.
        budget: Of the whole.
        proportion: Share of spurious samples.
    """
    share = 1 + proportion
    part = replace(
        budget,
        samples=max(1, int(budget.samples / share)),
        batch_size=max(1, int(budget.batch_size / share)),
    )
    plain = mixed_training(pools, part, proportion)
    return replace(plain, images=plain.samples["image"].nunique() + _n_spurious(part, proportion))


def _n_spurious(budget: Budget, proportion: float) -> int:
    return round(proportion * budget.samples)


METHOD = Method("mixing", {}, curve)
