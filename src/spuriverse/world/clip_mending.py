"""Go on training a tiny CLIP on clean images, in ways that should loosen what misleads it.

The images are drawn with their attributes independent of the object, the same for every way.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from spuriverse.cpu import use_cpu
from spuriverse.world.clip import CAPTIONS, TrainedClip, contrastive_loss, draw_captions
from spuriverse.world.objects import OBJECTS
from spuriverse.world.pictures import render_arrays
from spuriverse.world.rendering import Optics
from spuriverse.world.sampling import sample_independent_scene
from spuriverse.world.training import draw_epochs, optimise

if TYPE_CHECKING:
    import torch
    from transformers import CLIPModel, CLIPProcessor

log = logging.getLogger(__name__)

_SIDE = 4
_CELLS = 3
_KIND_RATE = 0.15
_TEMPERATURE = 0.1
_SHIFT = 6
_AT_ONCE = 512


@dataclass(frozen=True)
class MendingRecipe:
    """How a tiny CLIP is trained on.

    Attributes:
        images: Rendered clean images.
        steps: Optimiser steps.
        batch_size: Images a step, each with one caption.
        learning_rate: Peak; linear warm-up over `warmup` steps, then cosine to 2 %.
        weight: Of what a way adds to the contrastive loss.
        warmup: Steps.
        weight_decay: On matrices only.
    """

    images: int = 1_500
    steps: int = 150
    batch_size: int = 64
    learning_rate: float = 5e-4
    weight: float = 1.0
    warmup: int = 10
    weight_decay: float = 0.05


Extra = Callable[["CLIPModel", "CLIPProcessor", np.ndarray, Sequence[str]], "torch.Tensor"]
"""What a way adds for a batch: model, processor, places of the images, captions."""


def mend_clip(
    model: "CLIPModel",
    processor: "CLIPProcessor",
    way: str,
    *,
    seed: int,
    recipe: MendingRecipe,
    optics: Optics,
    threads: int = 1,
) -> TrainedClip:
    """Train on, in place, by the contrastive loss and what a way adds to it.

    `plain` adds nothing: what clean images do by themselves. `realigned` is taken from CleanCLIP:
    augmented views of each modality alone are brought together (shifted, brightened and partly
    erased images; the caption by another template). `region_aware` is taken from RaVL: the loss
    sees images whose regions that pull to a wrong class come from other images; ours is that
    regions are cells of a 4 x 4 grid and are found by covering them. With a weight of 0 all are
    plain, to the bit.

    Args:
        model: A tiny CLIP, as `train_zoo_clip` makes it.
        processor: Its processor.
        way: One of `WAYS`.
        seed: Settles scenes, captions, views and the order of the data.
        recipe: Sizes and steps.
        optics: How scenes look.
        threads: Threads of the training and processes of the rendering.

    Returns:
        The same model, its processor and the contrastive loss of every step.
    """
    use_cpu(threads)
    rng = np.random.default_rng([seed, 22])
    scenes = [sample_independent_scene(rng, _KIND_RATE) for _ in range(recipe.images)]
    images = render_arrays(scenes, optics, threads)
    extra = WAYS[way](model, processor, images, [scene.object for scene in scenes], seed)

    def losses_of(chosen: np.ndarray) -> Iterator["torch.Tensor"]:
        captions = draw_captions([scenes[i] for i in chosen], rng)
        yield contrastive_loss(model, processor, images[chosen], captions)
        if extra is not None:
            yield recipe.weight * extra(model, processor, chosen, captions)

    order = draw_epochs(rng, len(scenes), recipe.batch_size)
    losses = optimise(model, recipe, order, losses_of, desc="mending CLIP")
    return TrainedClip(model, processor, losses)


def _plain(*_: Any) -> None:
    return None


def _realigned(
    model: "CLIPModel",
    processor: "CLIPProcessor",
    images: np.ndarray,
    objects: Sequence[str],
    seed: int,
) -> Extra:
    rng = np.random.default_rng([seed, 23])

    def extra(
        model: "CLIPModel", processor: "CLIPProcessor", chosen: np.ndarray, captions: Sequence[str]
    ) -> "torch.Tensor":
        import torch

        shown = images[chosen]
        views = [
            embed_images(model, np.stack([augment_image(i, rng) for i in some]))
            for some in (shown, shown)
        ]
        distinct = sorted(set(captions))
        other = [reword(caption, rng) for caption in distinct]
        texts = [_embed_texts(model, processor, some) for some in (distinct, other)]
        return torch.stack([agreement_loss(*views), agreement_loss(*texts)]).mean()

    return extra


def _region_aware(
    model: "CLIPModel",
    processor: "CLIPProcessor",
    images: np.ndarray,
    objects: Sequence[str],
    seed: int,
) -> Extra:
    changed = replace_pulling_cells(model, processor, images, objects, seed)

    def extra(
        model: "CLIPModel", processor: "CLIPProcessor", chosen: np.ndarray, captions: Sequence[str]
    ) -> "torch.Tensor":
        return contrastive_loss(model, processor, changed[chosen], captions)

    return extra


WAYS: dict[str, Callable[..., Extra | None]] = {
    "plain": _plain,
    "realigned": _realigned,
    "region_aware": _region_aware,
}
"""Name of a way -> what makes its loss."""


def agreement_loss(first: "torch.Tensor", second: "torch.Tensor") -> "torch.Tensor":
    """Return how far each row is from being likest its own partner, in nats, both ways.

    Args:
        first: Normalised embeddings, shape (n, d).
        second: Of the same things seen otherwise, in the same order.
    """
    import torch

    logits = first @ second.T / _TEMPERATURE
    own = torch.arange(len(logits), device=logits.device)
    return (
        torch.nn.functional.cross_entropy(logits, own)
        + torch.nn.functional.cross_entropy(logits.T, own)
    ) / 2


def augment_image(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return another view: shifted up to 6 pixels, brighter or darker, a quarter's side erased.

    Args:
        pixels: uint8 array of shape (height, width, 3).
        rng: Of the view.
    """
    down, across = rng.integers(-_SHIFT, _SHIFT + 1, 2)
    shown = np.roll(pixels, (int(down), int(across)), (0, 1)).astype(np.float32)
    shown = (shown - 128) * rng.uniform(0.7, 1.3) + 128 + rng.uniform(-25, 25)
    side = min(pixels.shape[:2]) // 4
    top, left = (int(rng.integers(length - side + 1)) for length in pixels.shape[:2])
    shown[top : top + side, left : left + side] = shown.mean((0, 1))
    return shown.clip(0, 255).astype(np.uint8)


def reword(caption: str, rng: np.random.Generator) -> str:
    """Return a caption of the world by another template, with the same words in it."""
    for template in CAPTIONS:
        start, end = template.split("{}")
        if caption.startswith(start) and caption.endswith(end):
            inside = caption[len(start) : len(caption) - len(end)]
            others = [other for other in CAPTIONS if other != template]
            return others[int(rng.integers(len(others)))].format(inside)
    return caption


def replace_pulling_cells(
    model: "CLIPModel",
    processor: "CLIPProcessor",
    images: np.ndarray,
    objects: Sequence[str],
    seed: int,
) -> np.ndarray:
    """Return images whose cells that pull the most to a wrong class come from other images.

    A cell pulls by how much covering it lowers the likest wrong class against the right one; of
    sixteen at most three are replaced, and one that does not pull stays.

    Args:
        model: The tiny CLIP.
        processor: Its processor.
        images: uint8 array of shape (n, height, width, 3).
        objects: What each shows.
        seed: Of the images that the cells are taken from.
    """
    import torch

    rng, names = np.random.default_rng([seed, 24]), list(OBJECTS)
    right = np.array([names.index(name) for name in objects])
    with torch.inference_mode():
        texts = _embed_texts(model, processor, [CAPTIONS[0].format(name) for name in names])

        def margins(shown: np.ndarray, wrong: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
            parts = [
                (embed_images(model, shown[i : i + _AT_ONCE]) @ texts.T).numpy()
                for i in range(0, len(shown), _AT_ONCE)
            ]
            scores, rows = np.concatenate(parts), np.arange(len(shown))
            if wrong is None:
                others = scores.copy()
                others[rows, right] = -np.inf
                wrong = others.argmax(1)
            return scores[rows, wrong] - scores[rows, right], wrong

        whole, wrong = margins(images, None)
        regions = _cells(images.shape[1:3])
        pulls = np.stack(
            [whole - margins(_covered(images, region), wrong)[0] for region in regions], 1
        )
    changed = np.array(images)
    donors = rng.integers(len(images), size=len(images))
    for place, donor in enumerate(donors):
        for cell in np.argsort(-pulls[place], kind="stable")[:_CELLS]:
            if pulls[place, cell] > 0:
                changed[(place, *regions[cell])] = images[(donor, *regions[cell])]
    return changed


def embed_images(model: "CLIPModel", images: np.ndarray) -> "torch.Tensor":
    """Return the normalised embeddings of uint8 images of shape (n, 64, 64, 3)."""
    import torch

    pixels = torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float()
    return _normalised(model.get_image_features(pixel_values=pixels / 127.5 - 1))


def _embed_texts(
    model: "CLIPModel", processor: "CLIPProcessor", texts: Sequence[str]
) -> "torch.Tensor":
    read = processor.tokenizer(list(texts), padding=True, return_tensors="pt")
    return _normalised(
        model.get_text_features(input_ids=read.input_ids, attention_mask=read.attention_mask)
    )


def _normalised(output: Any) -> "torch.Tensor":
    # Newer versions of transformers wrap the embedding.
    vectors = output if hasattr(output, "norm") else output.pooler_output
    return vectors / vectors.norm(dim=-1, keepdim=True)


def _cells(size: tuple[int, ...]) -> list[tuple[slice, slice]]:
    down, across = (np.linspace(0, length, _SIDE + 1).round().astype(int) for length in size)
    return [
        (slice(down[row], down[row + 1]), slice(across[column], across[column + 1]))
        for row in range(_SIDE)
        for column in range(_SIDE)
    ]


def _covered(images: np.ndarray, region: tuple[slice, slice]) -> np.ndarray:
    shown = np.array(images)
    shown[(slice(None), *region)] = images.mean((1, 2)).astype(np.uint8)[:, None, None]
    return shown
