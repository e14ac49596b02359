"""Ask the base model as well, and let it count a little."""

from dataclasses import replace

from spuriverse.finetuning.mitigations.method import (
    Budget,
    Knobs,
    Method,
    Needs,
    Point,
    Pools,
    Setting,
    scaled,
)
from spuriverse.finetuning.mitigations.methods.transplant import transplanted_training


def curve(pools: Pools, budget: Budget, knobs: Knobs, setting: Setting) -> list[Point]:
    """Transplanted differences, and at inference a share of the base model's log-probabilities.

    Ensembles of a model with what it was fine-tuned from keep accuracy where they differ little
    (Wortsman et al. 2022 compare them with interpolated weights, which here are the other knob).
    The argument for so small a share: where the fine-tuned model is sure, a tenth of the base
    model's log-probabilities does not turn it; where it has become unsure, which is what a loss
    of ordinary accuracy mostly is, the base model decides. It presumes a model that resists the
    cue with a margin: after plain mixing (`amplitude` 0) there is none and the average gains
    nothing.

    Cost: a second forward pass for every question, in the column `answer_passes`.

    Hyper-parameters: `base_weight`, at 0 the fine-tuned model to the bit; `amplitude` and
    `proportion` of `transplant`, with which it shares its run.
    """
    points = scaled(transplanted_training(pools, budget, setting), knobs)
    return [replace(point, base_weight=setting["base_weight"]) for point in points]


METHOD = Method(
    "base_average",
    {"base_weight": 0.1, "amplitude": 1.0, "proportion": 0.5},
    curve,
    Needs(pairs=True, generator=True),
)
