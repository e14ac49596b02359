"""Take the directions in which attributes move an image out of what the language model sees."""

from dataclasses import replace

from spuriverse.finetuning.mitigations.method import (
    Budget,
    Knobs,
    Method,
    Needs,
    Nuisance,
    Point,
    Pools,
    Setting,
    scaled,
)
from spuriverse.finetuning.mitigations.methods.transplant import (
    transplanted_training,
    twin_pairs,
)


def curve(pools: Pools, budget: Budget, knobs: Knobs, setting: Setting) -> list[Point]:
    """Whole images are projected off the leading differences of minimal pairs.

    Concept erasure by linear projection (Bolukbasi et al. 2016 for words; Ravfogel et al. 2020) on
    what the projector hands to the language model, all tokens of an image side by side. The
    directions are those of the training types; an attribute that was held out is taken away as far
    as it moves an image in the same ones, and a projection fitted on pairs knows no types. Fixed
    places of attributes favour it. Every image's components are set to those of the mean core
    image rather than to 0, at which no image ever was.

    Cost: both images of every pair go through the model once per point, counted in `rows`; none
    at inference. With `base_weight` a second forward pass.

    Hyper-parameters: `rank`, the number of directions (at most as many as pairs), at 0 the model
    without a projection to the bit; `trained`, 1 for the run of `transplant`
    with its `amplitude` (0: plain mixing) and `proportion`, 0 for the base model without any
    training, whose curve is the strength of the projection; `base_weight` as in `base_average`.
    """
    pairs = twin_pairs(pools, budget, setting["proportion"])
    rank = min(int(setting["rank"]), len(pairs))
    weight = setting["base_weight"]
    if not setting["trained"]:
        return [
            Point(strength, (), 0.0, weight, Nuisance(pairs, rank, strength))
            for strength in knobs.scales
        ]
    nuisance = Nuisance(pairs, rank)
    points = scaled(transplanted_training(pools, budget, setting), knobs)
    return [replace(point, base_weight=weight, nuisance=nuisance) for point in points]


METHOD = Method(
    "nuisance_projection",
    {"rank": 8.0, "base_weight": 0.1, "amplitude": 1.0, "proportion": 0.5, "trained": 1.0},
    curve,
    Needs(pairs=True, generator=True),
)
