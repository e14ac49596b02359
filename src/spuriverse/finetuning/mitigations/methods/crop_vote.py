"""Ask about four crops that each leave out corners, and let them vote."""

from dataclasses import replace

from spuriverse.evaluation import corner_crops
from spuriverse.finetuning.mitigations.asking import Views
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

_CROPS = 4


def curve(pools: Pools, budget: Budget, knobs: Knobs, setting: Setting) -> list[Point]:
    """A mixture, scaled, and asked about crops.

    Taken from SLANT (Spurious Logo ANalysis Toolkit): crops that leave corners out vote, so that
    what sits in a corner reaches one of four. Ours: what is added up are the log-likelihoods of the
    options rather than votes, so that a sure crop outweighs an unsure one. The run is that of
    `adapter_scaling` at the same proportion, which this is to be compared with.

    Cost: four forward passes for every question, in the column `answer_passes`. Hyper-parameters:
    `proportion` of spurious samples.
    """
    asking = Views(corner_crops, _CROPS)
    points = scaled(mixed_training(pools, budget, setting["proportion"]), knobs)
    return [replace(point, asking=asking) for point in points]


METHOD = Method("crop_vote", {"proportion": 1.0}, curve)
