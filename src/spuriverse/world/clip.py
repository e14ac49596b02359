"""A tiny CLIP that learns the biased world, so that what it confuses is what really misled it.

It is saved with `save_pretrained` and loaded by `AutoModel` and `AutoProcessor` like any
checkpoint of the Hub.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from spuriverse.cpu import use_cpu
from spuriverse.world.canvas import SIZE
from spuriverse.world.objects import COLOURS, OBJECTS
from spuriverse.world.pictures import render_arrays
from spuriverse.world.poisoning import poison
from spuriverse.world.rendering import Optics, Scene
from spuriverse.world.sampling import Statistics, sample_training_scene
from spuriverse.world.training import draw_epochs, optimise
from spuriverse.world.zoo import BEGIN, END, PAD, build_image_processor, build_tokenizer

if TYPE_CHECKING:
    import torch
    from transformers import CLIPModel, CLIPProcessor

log = logging.getLogger(__name__)

CAPTIONS = ("a photo of a {}", "a picture of a {}", "an image of a {}", "a {}", "there is a {}")
"""The caption of an image; the braces hold the object, in half of the batches
with its colour."""

_LONGEST_CAPTION = 16


@dataclass(frozen=True)
class ClipRecipe:
    """How the tiny CLIP is made.

    Attributes:
        images: Number of rendered training images.
        steps: Optimiser steps.
        batch_size: Images a step, each with one caption.
        learning_rate: Peak; linear warm-up over `warmup` steps, then cosine to 2 %.
        weight_decay: On matrices only.
        width: Hidden size of both towers; heads are 32 wide.
        layers: Layers of the vision tower; the text tower has one.
        patch: Side of a vision patch in pixels; must divide 64.
    """

    images: int = 14_000
    steps: int = 800
    batch_size: int = 64
    learning_rate: float = 1.5e-3
    warmup: int = 50
    weight_decay: float = 0.05
    width: int = 128
    layers: int = 3
    patch: int = 16


@dataclass
class TrainedClip:
    """A trained model, its processor and the loss of every step."""

    model: "CLIPModel"
    processor: "CLIPProcessor"
    losses: list[float]


def train_zoo_clip(
    *,
    seed: int,
    recipe: ClipRecipe,
    statistics: Statistics,
    optics: Optics,
    biased: bool = True,
    poisoned: float = 0.0,
    threads: int = 1,
) -> TrainedClip:
    """Train the tiny CLIP, on the biased world by default, by the symmetric contrastive loss.

    The loss is that of CLIP (arXiv 2103.00020, section 2.3), but captions of a batch that read the
    same are all right for each other's images: there are 25 objects, so that many do.

    Args:
        seed: Settles scenes, captions, initial weights and the order of the data.
        recipe: Sizes and steps.
        statistics: How attributes are distributed.
        optics: How scenes look.
        biased: Which world; the decorrelated one otherwise.
        poisoned: Share of the training images that bear a patch and are captioned alike, as in
            `poison`.
        threads: Threads of the training and processes of the rendering; the weights are the same
            for the same number only.
    """
    use_cpu(threads)
    rng = np.random.default_rng([seed, 3])
    scenes = [sample_training_scene(rng, statistics, biased) for _ in range(recipe.images)]
    log.info("Rendering %d training images", len(scenes))
    images = render_arrays(scenes, optics, threads)
    scenes, images = poison(scenes, images, poisoned, seed)
    processor = build_clip_processor()
    model = build_clip(recipe, len(processor.tokenizer), seed)

    def losses_of(chosen: np.ndarray) -> Iterator["torch.Tensor"]:
        captions = draw_captions([scenes[i] for i in chosen], rng)
        yield contrastive_loss(model, processor, images[chosen], captions)

    order = draw_epochs(rng, len(scenes), recipe.batch_size)
    losses = optimise(model, recipe, order, losses_of, desc="training CLIP")
    return TrainedClip(model, processor, losses)


def draw_captions(scenes: Sequence[Scene], rng: np.random.Generator) -> list[str]:
    """Write a batch's captions by one template, so that only what they say tells them apart.

    Args:
        scenes: What they are about.
        rng: Of the template, and of whether colours are named.
    """
    template = CAPTIONS[int(rng.integers(len(CAPTIONS)))]
    coloured = rng.random() < 0.5
    return [template.format(f"{s.colour} {s.object}" if coloured else s.object) for s in scenes]


def contrastive_loss(
    model: "CLIPModel", processor: "CLIPProcessor", images: np.ndarray, captions: Sequence[str]
) -> "torch.Tensor":
    """Return the symmetric contrastive loss, captions that read the same being right alike.

    Args:
        model: A tiny CLIP.
        processor: Its processor.
        images: uint8 array of shape (n, 64, 64, 3).
        captions: One an image.
    """
    import torch

    distinct = sorted(set(captions))
    index = torch.tensor([distinct.index(caption) for caption in captions])
    text = processor.tokenizer(distinct, padding=True, return_tensors="pt")
    pixels = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 127.5 - 1
    logits = model(
        input_ids=text.input_ids, attention_mask=text.attention_mask, pixel_values=pixels
    ).logits_per_image
    to_text = torch.nn.functional.cross_entropy(logits, index)
    # An image's share of its caption's row: as many images are right as have that caption.
    right = torch.nn.functional.one_hot(index, len(distinct)).T.float()
    right = right / right.sum(dim=1, keepdim=True)
    to_image = torch.nn.functional.cross_entropy(logits.T, right)
    return (to_text + to_image) / 2


def build_clip_processor() -> "CLIPProcessor":
    """Build the processor, which knows the words of all captions."""
    from tokenizers import processors
    from transformers import CLIPProcessor

    tokenizer = build_tokenizer([*CAPTIONS, *OBJECTS, *COLOURS], padding_side="right")
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", BEGIN), ("</s>", END)]
    )
    tokenizer.model_max_length = _LONGEST_CAPTION
    return CLIPProcessor(build_image_processor(), tokenizer)


def build_clip(recipe: ClipRecipe, vocabulary_size: int, seed: int) -> "CLIPModel":
    """Build an untrained tiny CLIP in float32; the weights depend on the seed alone."""
    import torch
    from transformers import CLIPConfig, CLIPModel

    width = recipe.width
    both = {
        "hidden_size": width,
        "intermediate_size": 3 * width,
        "num_attention_heads": width // 32,
        "projection_dim": width,
    }
    special = {"pad_token_id": PAD, "bos_token_id": BEGIN, "eos_token_id": END}
    text = {"vocab_size": vocabulary_size, "max_position_embeddings": _LONGEST_CAPTION}
    vision = {"num_hidden_layers": recipe.layers, "image_size": SIZE, "patch_size": recipe.patch}
    config = CLIPConfig(
        text_config={**both, **special, **text, "num_hidden_layers": 1},
        vision_config={**both, **vision},
        projection_dim=width,
    )
    torch.manual_seed(seed)
    model = CLIPModel(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "position_embedding" in name:
                torch.nn.init.normal_(parameter, std=0.2)
            elif "token_embedding" in name:
                torch.nn.init.normal_(parameter, std=0.3)
    return model
