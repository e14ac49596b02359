"""What a model's vision tower makes of the parts of a picture."""

import inspect
import math
from collections.abc import Sequence

import numpy as np
from PIL import Image

from spuriverse.models.local import LocalModel
from spuriverse.problems import Problem

_LONGEST = 448
"""Longest side, in pixels, at which a picture is shown to the tower."""


def embed_patches(model: LocalModel, images: Sequence[Image.Image]) -> np.ndarray:
    """Return what the language model is given of every part of some pictures.

    Each picture is stretched to a square first, so that no processor crops it and row and column
    of a patch are shares of the picture's own sides.

    Args:
        model: A loaded checkpoint.
        images: n pictures, RGB; their sizes may differ.

    Returns:
        float32 of the shape (n, side, side, width): the projected patches, row by row.

    Raises:
        Problem: The checkpoint does not say what its patches are, or they form no square.
    """
    import torch

    tower = getattr(model.model.base_model, "get_image_features", None)
    if tower is None:
        raise Problem(
            f"Model {model.name} does not give the embeddings of its patches; set"
            " curation.regions.encoder to colour."
        )
    side = min(_LONGEST, max(max(image.size) for image in images))
    squares = [_square(image, side) for image in images]
    inputs = model.processor.image_processor(images=squares, return_tensors="pt")
    inputs = inputs.to(model.model.device, dtype=model.model.dtype)
    wanted = set(inspect.signature(tower).parameters)
    with torch.inference_mode():
        found = tower(**{k: v for k, v in inputs.items() if k in wanted}, return_dict=True)
    parts = [_numbers(part) for part in found.pooler_output]
    grid = math.isqrt(parts[0].shape[0]) if len(parts) == len(images) else 0
    if not grid or any(part.shape[0] != grid**2 for part in parts):
        raise Problem(
            f"The patches of model {model.name} form no square grid; set"
            " curation.regions.encoder to colour."
        )
    return np.stack(parts).reshape(len(images), grid, grid, -1)


def _square(image: Image.Image, side: int) -> Image.Image:
    if image.size == (side, side):
        return image
    return image.resize((side, side), Image.Resampling.BICUBIC)


def _numbers(part) -> np.ndarray:  # type: ignore[no-untyped-def]
    values = part.detach().float().cpu().numpy()
    return values.reshape(-1, values.shape[-1])
