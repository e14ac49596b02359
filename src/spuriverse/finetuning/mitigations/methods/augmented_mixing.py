"""Our own: learn the object, not the six hundred images."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from spuriverse.finetuning.mitigation import Mitigation
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
from spuriverse.problems import Problem


class Augmentation(Mitigation):
    """The plain loss on images that are shifted and noisy anew at every visit."""

    def __init__(self, shift: float, noise: float, seed: int) -> None:
        """Remember how much.

        Args:
            shift: Most that an image is shifted in either direction, as a share of its side.
            noise: Standard deviation of the noise, in units of the processor's pixel values.
            seed: Of shifts and noise.
        """
        self._shift, self._noise = shift, noise
        self._rng = np.random.default_rng([seed, 16])

    def change_inputs(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """Shift every image, what leaves on one side coming back on the other; add noise."""
        import torch

        pixels = inputs["pixel_values"]
        if pixels.ndim < 4:
            raise Problem(
                "augmented_mixing shifts images given as rows and columns of pixels; this model"
                f" takes pixel values of shape {tuple(pixels.shape)}. Leave it out of"
                " finetuning.mitigations.methods."
            )
        most = [round(self._shift * side) for side in pixels.shape[-2:]]
        rows = [
            image.roll([int(self._rng.integers(-m, m + 1)) for m in most], (-2, -1))
            for image in pixels
        ]
        noise = self._rng.standard_normal(pixels.shape, dtype=np.float32)
        moved = torch.stack(rows) + self._noise * torch.from_numpy(noise).to(pixels)
        return {**inputs, "pixel_values": moved}


def curve(pools: Pools, budget: Budget, knobs: Knobs, setting: Setting) -> list[Point]:
    """A mixture that asks one question, on images that change at every visit; then scaling.

    Why we expect it to dominate: a model pays on aligned questions of a held-out attribute
    where it has nothing but that attribute to go by, since the base model recognises an owner
    less well without its attribute than with it. Making the model *blind* to attributes costs
    exactly that difference. The way around is to make the core feature stronger instead of the
    attribute weaker, so that the core wins where the two disagree and is seconded by the
    attribute where it is unclear. What keeps a plain run from it is that it visits the same few
    hundred images many times: remembering them is easier than recognising objects, and what is
    remembered does not carry over to held-out attributes. So (1) every visit shows another
    shift and other noise, at no cost in steps or distinct images; (2) the non-spurious part
    asks the questions that the spurious part asks, so that each of its images teaches the core
    feature, on aligned images the use of the attribute too; (3) the strength is set afterwards,
    by scaling the adapter.

    Hyper-parameters: `proportion` of spurious samples, `shift` as a share of the image's side,
    `noise` in units of the processor's pixel values.
    """
    n_spurious = round(setting["proportion"] * budget.samples)
    parts = [
        pools.draw_spurious(n_spurious),
        pools.draw_non_spurious(budget.samples - n_spurious, same_questions=True),
    ]
    training = replace(
        mixed_training(pools, budget, setting["proportion"]),
        key="-".join(
            [NAME, *(f"{setting[k]:g}" for k in DEFAULTS), str(budget.steps), str(budget.seed)]
        ),
        samples=pd.concat(parts, ignore_index=True),
        loss=Augmentation(setting["shift"], setting["noise"], budget.seed),
    )
    return scaled(training, knobs)


NAME = "augmented_mixing"
DEFAULTS = {"proportion": 0.5, "shift": 0.05, "noise": 0.15}
METHOD = Method(NAME, DEFAULTS, curve)
