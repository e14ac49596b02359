"""What a model's vision tower makes of the parts of a picture."""

import inspect
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from spuriverse.models.loading import open_pretrained, placement_on_one
from spuriverse.models.local import LocalModel
from spuriverse.models.spec import Device, Dtype
from spuriverse.problems import Problem

_TOWERS = ("vision_tower", "vision_model", "visual")
"""What models call their vision tower."""

_LONGEST = 448
"""Longest side, in pixels, at which a picture is shown to the tower."""

_FINEST = 16
"""Most patches a side: smaller parts of a picture than a sixteenth are pooled."""

_MOST_EXTRA = 8
"""Most tokens before the patches: one for the class, and registers."""


def embed_patches(model: LocalModel, images: Sequence[Image.Image]) -> list[np.ndarray]:
    """Return what a vision-language model makes of every part of some pictures.

    Each picture is stretched to a square first, so that no processor crops it and row and column
    of a patch are shares of the picture's own sides.

    Args:
        model: A loaded checkpoint.
        images: n pictures, RGB; their sizes may differ.

    Returns:
        Views, float32 of the shape (n, side, side, width), row by row: the patches as the language
        model is given them and, where the tower tells, as its first layer leaves them, which knows
        colours and textures better.

    Raises:
        Problem: The checkpoint does not say what its patches are, or they form no square.
    """
    import torch

    tower = getattr(model.model.base_model, "get_image_features", None)
    if tower is None:
        raise _other_encoder(model.name, "does not give the embeddings of its patches")
    side = min(_LONGEST, max(max(image.size) for image in images))
    squares = [_square(image, side) for image in images]
    inputs = model.processor.image_processor(images=squares, return_tensors="pt")
    inputs = inputs.to(model.model.device, dtype=model.model.dtype)
    wanted = set(inspect.signature(tower).parameters)
    with torch.inference_mode(), _first_block(model.model.base_model) as first:
        found = tower(**{k: v for k, v in inputs.items() if k in wanted}, return_dict=True)
    parts = [part.detach().reshape(-1, part.shape[-1]) for part in found.pooler_output]
    square = len(parts) == len(images) and len({len(part) for part in parts}) == 1
    last = _grid(torch.stack(parts), extra=0) if square else None
    if last is None:
        raise _other_encoder(model.name, "has patches that form no square grid")
    return [last, *_first_layer([None, *first, last], len(images))]


def embed_wholes(model: LocalModel, images: Sequence[Image.Image]) -> np.ndarray:
    """Return the mean of what the language model is given of every picture.

    One picture at a time, so that it does not matter how a family lays its patches out.

    Args:
        model: A loaded checkpoint.
        images: n pictures, RGB; their sizes may differ.

    Returns:
        float32 of the shape (n, width).

    Raises:
        Problem: The checkpoint does not say what its patches are.
    """
    import torch

    tower = getattr(model.model.base_model, "get_image_features", None)
    if tower is None:
        raise Problem(f"Model {model.name} does not give the embeddings of its patches.")
    wanted = set(inspect.signature(tower).parameters)
    rows = []
    for image in images:
        inputs = model.processor.image_processor(images=[image], return_tensors="pt")
        inputs = inputs.to(model.model.device, dtype=model.model.dtype)
        with torch.inference_mode():
            found = tower(**{k: v for k, v in inputs.items() if k in wanted}, return_dict=True)
        parts = [part.detach().reshape(-1, part.shape[-1]) for part in found.pooler_output]
        rows.append(torch.cat(parts).mean(0).float().cpu().numpy())
    return np.stack(rows)


class VisionTower:
    """The vision tower of any checkpoint that has one: CLIP, SigLIP, DINOv2, a classifier.

    Attributes:
        name: What messages call it.
    """

    def __init__(self, name: str, model: Any, processor: Any) -> None:
        """Take what was loaded.

        Args:
            name: What messages call it.
            model: As `AutoModel` opens it.
            processor: Its processor of images.
        """
        self.name = name
        self._tower = getattr(model, "vision_model", model)
        self._processor = processor
        self._side = _side_of(processor, self._tower.config)

    def __call__(self, images: Sequence[Image.Image]) -> list[np.ndarray]:
        """Return views as `embed_patches` does; pictures are stretched to squares.

        Raises:
            Problem: What it makes of a picture is no grid of patches.
        """
        import torch

        squares = [_square(image, self._side) for image in images]
        inputs = self._processor(images=squares, return_tensors="pt")
        device, dtype = self._tower.device, self._tower.dtype
        with torch.inference_mode():
            found = self._tower(
                pixel_values=inputs["pixel_values"].to(device, dtype=dtype),
                output_hidden_states=True,
                return_dict=True,
            )
        last = _grid(found.last_hidden_state)
        if last is None:
            raise _other_encoder(self.name, "has patches that form no square grid")
        return [last, *_first_layer(getattr(found, "hidden_states", None), len(images))]


def load_vision_tower(
    checkpoint: str | Path,
    *,
    threads: int = 1,
    revision: str | None = None,
    dtype: Dtype = "auto",
    device: Device = "auto",
    token_env: str | None = "HF_TOKEN",
) -> VisionTower:
    """Load the vision tower of a checkpoint.

    Args:
        checkpoint: A folder as `save_pretrained` writes it, or the id of a checkpoint of the Hub.
        threads: Threads on the CPU.
        revision: Commit, tag or branch of a checkpoint of the Hub.
        dtype: Precision on a GPU. A CPU computes in float32.
        device: `auto` takes a GPU if there is one.
        token_env: Name of the environment variable with the Hub's token.

    Raises:
        Problem: There is no such checkpoint, or this machine cannot run it as asked.
    """
    kinds = ("AutoModel", "AutoImageProcessor")
    settings = placement_on_one(checkpoint, threads, dtype, device)
    model, processor = open_pretrained(checkpoint, settings, revision, token_env, kinds)
    return VisionTower(str(checkpoint), model.eval(), processor)


def _other_encoder(name: str, fault: str) -> Problem:
    return Problem(
        f"Model {name} {fault}; set curation.regions.encoder to colour or to another checkpoint."
    )


@contextmanager
def _first_block(base: Any) -> Iterator[list[Any]]:
    """Collect what the first block of a vision tower makes, whatever the tower itself returns."""
    from torch.nn import ModuleList

    towers = [getattr(base, name) for name in _TOWERS if hasattr(base, name)]
    stacks = [m for m in towers[0].modules() if isinstance(m, ModuleList)] if towers else []
    blocks = max(stacks, key=len, default=ModuleList())
    made: list[Any] = []
    if len(blocks) < 2:
        yield made
        return

    def keep(_module: Any, _given: Any, output: Any) -> None:
        made.append(output[0] if isinstance(output, tuple) else output)

    hook = blocks[0].register_forward_hook(keep)
    try:
        yield made
    finally:
        hook.remove()


def _first_layer(states: Any, n: int) -> list[np.ndarray]:
    """The first layer's patches, if they are there and form a grid for each picture."""
    if states is None or len(states) < 3 or len(states[1]) != n:
        return []
    found = _grid(states[1])
    return [] if found is None else [found]


def _grid(states: Any, extra: int = _MOST_EXTRA) -> np.ndarray | None:
    """Patches (n, tokens, width) or feature maps (n, width, side, side) as rows and columns."""
    import torch

    maps = states.detach().float()
    if maps.ndim == 3:
        side = math.isqrt(maps.shape[1])
        before = maps.shape[1] - side**2
        if not side or before > extra:
            return None
        patches = maps[:, before:].transpose(1, 2)
        maps = patches.reshape(len(maps), -1, side, side)
    if maps.ndim != 4 or maps.shape[2] != maps.shape[3]:
        return None
    if maps.shape[2] > _FINEST:
        maps = torch.nn.functional.adaptive_avg_pool2d(maps, _FINEST)
    return maps.permute(0, 2, 3, 1).contiguous().cpu().numpy()


def _side_of(processor: Any, config: Any) -> int:
    """Pixels of a side of the square that a processor makes of a picture."""
    for name in ("crop_size", "size"):
        size = getattr(processor, name, None) or {}
        for key in ("height", "shortest_edge"):
            if found := size.get(key) if hasattr(size, "get") else None:
                return int(found)
    found = getattr(config, "image_size", None)
    return int(found) if isinstance(found, int) else 224


def _square(image: Image.Image, side: int) -> Image.Image:
    if image.size == (side, side):
        return image
    return image.resize((side, side), Image.Resampling.BICUBIC)
