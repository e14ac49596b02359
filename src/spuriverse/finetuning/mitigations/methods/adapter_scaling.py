"""A weaker or stronger adapter: the weights between base and fine-tuned model, and beyond."""

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


def curve(pools: Pools, budget: Budget, knobs: Knobs, setting: Setting) -> list[Point]:
    """Base + s x (fine-tuned - base), after training on a mixture.

    Interpolated weights keep more of the base model's accuracy out of distribution than either end
    (Wortsman et al. 2022, Robust fine-tuning of zero-shot models). One run gives the whole curve.

    Hyper-parameters: `proportion` of spurious samples in the run.
    """
    return scaled(mixed_training(pools, budget, setting["proportion"]), knobs)


METHOD = Method("adapter_scaling", {"proportion": 1.0}, curve)
