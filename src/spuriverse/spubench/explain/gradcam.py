"""Grad-CAM on the vision encoder of a vision-language model."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from PIL import Image

from spuriverse.models import LocalModel
from spuriverse.spubench.explain.asked import Asked
from spuriverse.spubench.explain.towers import find_tower


def grad_cam(
    model: LocalModel,
    images: Sequence[Image.Image],
    prompts: Sequence[str],
    answers: Sequence[str],
) -> np.ndarray:
    """Return what in every image raised the log-likelihood of its answer.

    Grad-CAM (Selvaraju et al. 2017, ICCV) with the answer's log-likelihood in place of a class
    score and the patches of a transformer in place of a feature map: every channel weighs its mean
    gradient, and what is negative in the weighted sum counts as nothing.

    Args:
        model: The checkpoint, of a family of `spuriverse.spubench.explain.towers`.
        images: n images of one size.
        prompts: n prompts, as `LocalModel.wrap` makes them.
        answers: n answers.

    Returns:
        Array of shape (n, rows, columns) over the patches of the encoder, 0 to 1; each map is
        scaled by its own least and greatest value, and one that has no positive value is 0.

    Raises:
        Problem: The family is unknown, or an answer has no tokens.
    """
    import torch
    from pytorch_grad_cam import GradCAM

    asked = Asked(model, images, prompts, answers)
    tower = find_tower(model.name, model.model, asked.inputs)
    scored = _scored(asked, model.model)
    # The library scales its maps to the size of the tensor: here one pixel is one patch.
    carrier = torch.zeros(len(images), 3, tower.rows, tower.columns)
    with (
        torch.enable_grad(),
        _differentiable(tower.layer),
        GradCAM(model=scored, target_layers=[tower.layer], reshape_transform=tower.to_grid) as cam,
    ):
        return np.asarray(cam(carrier, targets=[_itself] * len(images)))


def _itself(score: Any) -> Any:
    return score


def _scored(asked: Asked, model: Any) -> Any:
    """The model as pytorch-grad-cam wants it: a module from images to scores."""
    import torch

    class Scored(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, carrier: torch.Tensor) -> torch.Tensor:
            return asked.log_likelihood()

    return Scored()


@contextmanager
def _differentiable(layer: Any) -> Iterator[None]:
    """Let gradients reach a layer of a frozen model, for the length of a block."""
    before = [(parameter, parameter.requires_grad) for parameter in layer.parameters()]
    try:
        for parameter, _ in before:
            parameter.requires_grad_(True)
        yield
    finally:
        for parameter, wanted in before:
            parameter.requires_grad_(wanted)
            parameter.grad = None
