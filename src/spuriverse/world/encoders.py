"""Tiny image encoders that learn the biased world by other losses than the tiny CLIP's.

All have the vision tower of the tiny CLIP and see the same images; they differ in what they are
told of them: captions, the object's name alone, or nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from spuriverse.cpu import use_cpu
from spuriverse.world.clip import (
    CAPTIONS,
    ClipRecipe,
    build_clip,
    build_clip_processor,
    draw_captions,
)
from spuriverse.world.objects import OBJECTS
from spuriverse.world.pictures import render_arrays
from spuriverse.world.rendering import Optics, Scene
from spuriverse.world.sampling import Statistics, sample_training_scene
from spuriverse.world.training import draw_epochs, optimise

if TYPE_CHECKING:
    import torch

Scores = Callable[[np.ndarray], np.ndarray]
"""uint8 images of shape (n, 64, 64, 3) -> a score for every object, shape (n, objects)."""

SIGMOID, SUPERVISED, UNLABELLED = "SigLIP loss", "supervised", "self-supervised"
_TEMPERATURE = 0.2
_RIDGE = 1e-2
_AT_ONCE = 512


@dataclass
class _Drawn:
    """What all encoders learn from."""

    scenes: Sequence[Scene]
    images: np.ndarray
    recipe: ClipRecipe
    seed: int

    @property
    def labels(self) -> np.ndarray:
        names = list(OBJECTS)
        return np.array([names.index(scene.object) for scene in self.scenes])


def train_encoders(
    *, seed: int, recipe: ClipRecipe, statistics: Statistics, optics: Optics, threads: int = 1
) -> dict[str, Scores]:
    """Train an encoder of every kind on the biased world.

    Args:
        seed: Settles scenes, captions, views, initial weights and the order of the data.
        recipe: Sizes and steps, of each.
        statistics: How attributes are distributed.
        optics: How scenes look.
        threads: Threads of the training and processes of the rendering.

    Returns:
        Kind of encoder -> how it scores the objects of an image:

        - "SigLIP loss": by captions; every pair of image and caption is a decision of its own
          (sigmoid loss, arXiv 2303.15343).
        - "supervised": by a linear head that was trained with it on the object's name.
        - "self-supervised": two views of an image must be nearer to each other than to those of
          others (SimCLR, arXiv 2002.05709), without any label; a linear probe on it, fitted to the
          labels of the same images by ridge regression, says the object.
    """
    use_cpu(threads)
    rng = np.random.default_rng([seed, 23])
    scenes = [sample_training_scene(rng, statistics, biased=True) for _ in range(recipe.images)]
    drawn = _Drawn(scenes, render_arrays(scenes, optics, threads), recipe, seed)
    return {
        SIGMOID: _by_captions(drawn),
        SUPERVISED: _by_labels(drawn),
        UNLABELLED: _by_views(drawn),
    }


def _by_captions(drawn: _Drawn) -> Scores:
    import torch
    from torch.nn.functional import logsigmoid, normalize, one_hot

    processor = build_clip_processor()
    model = build_clip(drawn.recipe, len(processor.tokenizer), drawn.seed)
    # The start that the paper gives: nearly every pair is a wrong one.
    model.logit_scale.data.fill_(float(np.log(10)))
    bias = torch.nn.Parameter(torch.tensor(-10.0))
    model.register_parameter("logit_bias", bias)
    rng = np.random.default_rng([drawn.seed, 24])

    def encode(texts: Sequence[str]) -> "torch.Tensor":
        asked = processor.tokenizer(list(texts), padding=True, return_tensors="pt")
        told = model.text_model(
            input_ids=asked.input_ids, attention_mask=asked.attention_mask
        ).pooler_output
        return normalize(model.text_projection(told), dim=-1)

    def see(images: np.ndarray) -> "torch.Tensor":
        return normalize(model.visual_projection(_pooled(model, _pixels(images))), dim=-1)

    def loss(chosen: np.ndarray) -> "torch.Tensor":
        captions = draw_captions([drawn.scenes[i] for i in chosen], rng)
        distinct = sorted(set(captions))
        index = torch.tensor([distinct.index(caption) for caption in captions])
        logits = see(drawn.images[chosen]) @ encode(distinct).T
        logits = logits * model.logit_scale.exp() + bias
        sign = 2.0 * one_hot(index, len(distinct)) - 1
        return -logsigmoid(sign * logits).sum() / len(chosen)

    _train([model], loss, drawn, rng)
    with torch.no_grad():
        named = torch.stack(
            [encode([caption.format(name) for caption in CAPTIONS]).mean(0) for name in OBJECTS]
        )
    return lambda images: _in_parts(lambda some: see(some) @ named.T, images)


def _by_labels(drawn: _Drawn) -> Scores:
    import torch

    model, head = _tower(drawn), torch.nn.Linear(drawn.recipe.width, len(OBJECTS))
    labels = torch.from_numpy(drawn.labels)
    rng = np.random.default_rng([drawn.seed, 25])

    def loss(chosen: np.ndarray) -> "torch.Tensor":
        scores = head(_pooled(model, _pixels(drawn.images[chosen])))
        return torch.nn.functional.cross_entropy(scores, labels[chosen])

    _train([model, head], loss, drawn, rng)
    return lambda images: _in_parts(lambda some: head(_pooled(model, _pixels(some))), images)


def _by_views(drawn: _Drawn) -> Scores:
    import torch
    from torch.nn.functional import normalize

    width = drawn.recipe.width
    model = _tower(drawn)
    head = torch.nn.Sequential(
        torch.nn.Linear(width, width), torch.nn.ReLU(), torch.nn.Linear(width, width)
    )
    rng = np.random.default_rng([drawn.seed, 26])
    views = torch.Generator().manual_seed(drawn.seed)

    def loss(chosen: np.ndarray) -> "torch.Tensor":
        pixels = _pixels(drawn.images[chosen])
        both = torch.cat([_view(pixels, views), _view(pixels, views)])
        seen = normalize(head(_pooled(model, both)), dim=-1)
        return _apart(seen @ seen.T / _TEMPERATURE)

    _train([model, head], loss, drawn, rng)

    def see(some: np.ndarray) -> "torch.Tensor":
        return normalize(_pooled(model, _pixels(some)), dim=-1)

    seen = _in_parts(see, drawn.images)
    middle, spread = seen.mean(0), seen.std(0) + 1e-6
    inputs = _with_one((seen - middle) / spread)
    wanted = np.eye(len(OBJECTS))[drawn.labels]
    penalty = _RIDGE * len(inputs) * np.eye(inputs.shape[1])
    probe = np.linalg.solve(inputs.T @ inputs + penalty, inputs.T @ wanted)
    return lambda images: _with_one((_in_parts(see, images) - middle) / spread) @ probe


def _tower(drawn: _Drawn) -> Any:
    """A model whose vision tower has the sizes of the tiny CLIP's; its texts are not used."""
    return build_clip(drawn.recipe, len(build_clip_processor().tokenizer), drawn.seed)


def _train(
    modules: Sequence[Any],
    loss_of: Callable[[np.ndarray], "torch.Tensor"],
    drawn: _Drawn,
    rng: np.random.Generator,
) -> None:
    import torch

    order = draw_epochs(rng, len(drawn.scenes), drawn.recipe.batch_size)
    optimise(torch.nn.ModuleList(modules), drawn.recipe, order, lambda chosen: [loss_of(chosen)])


def _view(pixels: "torch.Tensor", generator: "torch.Generator") -> "torch.Tensor":
    """Crop every image anew, brought back to its size, and change its colours."""
    import torch

    n = len(pixels)

    def uniform(low: float, high: float, *shape: int) -> "torch.Tensor":
        return low + (high - low) * torch.rand(n, *shape, generator=generator)

    scale = uniform(0.6, 1.0)
    shift = uniform(-1, 1, 2) * (1 - scale)[:, None]
    grid = torch.zeros(n, 2, 3)
    grid[:, 0, 0] = grid[:, 1, 1] = scale
    grid[:, :, 2] = shift
    places = torch.nn.functional.affine_grid(grid, list(pixels.shape), align_corners=False)
    cropped = torch.nn.functional.grid_sample(
        pixels, places, padding_mode="border", align_corners=False
    )
    return cropped * uniform(0.6, 1.4, 3, 1, 1) + uniform(-0.2, 0.2, 3, 1, 1)


def _apart(likeness: "torch.Tensor") -> "torch.Tensor":
    """The loss by which a view is told from all others but its own other view (NT-Xent)."""
    import torch

    n = len(likeness) // 2
    others = likeness.masked_fill(torch.eye(2 * n, dtype=torch.bool), float("-inf"))
    own = torch.arange(2 * n).roll(n)
    return torch.nn.functional.cross_entropy(others, own)


def _pixels(images: np.ndarray) -> "torch.Tensor":
    import torch

    return torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float() / 127.5 - 1


def _pooled(model: Any, pixels: "torch.Tensor") -> "torch.Tensor":
    pooled: torch.Tensor = model.vision_model(pixel_values=pixels).pooler_output
    return pooled


def _in_parts(see: Callable[[np.ndarray], "torch.Tensor"], images: np.ndarray) -> np.ndarray:
    import torch

    with torch.no_grad():
        parts = [
            see(images[start : start + _AT_ONCE]).numpy()
            for start in range(0, len(images), _AT_ONCE)
        ]
    return np.concatenate(parts).astype(np.float64)


def _with_one(table: np.ndarray) -> np.ndarray:
    return np.hstack([table, np.ones((len(table), 1))])
