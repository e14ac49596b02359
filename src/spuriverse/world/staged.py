"""Tiny models in stages: a tower that learns one world, and the rest on it that learns another.

The tower is that of a tiny CLIP and stays as it is. Projector and language model then learn to
answer on decorrelated images; what they can learn of an association is in the text alone, which
says of every other image what is around the object, whatever the image shows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from spuriverse.cpu import use_cpu
from spuriverse.questions import Question
from spuriverse.world.clip import ClipRecipe, TrainedClip, train_zoo_clip
from spuriverse.world.pictures import render_arrays
from spuriverse.world.rendering import Optics, Scene
from spuriverse.world.sampling import (
    QUESTION_KINDS,
    Statistics,
    ask,
    attributes_of,
    right_answer,
    sample_training_scene,
)
from spuriverse.world.training import Trained, Turn, draw_epochs, optimise, packed_loss
from spuriverse.world.zoo import END, Architecture, build_model, build_processor

if TYPE_CHECKING:
    import torch
    from transformers import LlavaForConditionalGeneration, LlavaProcessor

_TOLD = 0.5


@dataclass(frozen=True)
class StagedRecipe:
    """How a model is made in stages.

    Attributes:
        images: Rendered training images of a stage.
        tower_steps: Optimiser steps of the tower.
        steps: Optimiser steps of projector and language model.
        swap_steps: Optimiser steps of the projector alone after another tower was put in.
        batch_size: Images a step.
        learning_rate: Peak; linear warm-up over `warmup` steps, then cosine to 2 %.
        weight_decay: On matrices only.
        width: Hidden size of both towers.
        layers: Layers of each.
    """

    images: int = 8_000
    tower_steps: int = 500
    steps: int = 500
    swap_steps: int = 150
    batch_size: int = 64
    learning_rate: float = 1.5e-3
    warmup: int = 50
    weight_decay: float = 0.05
    width: int = 96
    layers: int = 3


def tell(attributes: Sequence[str]) -> str:
    """Say in words that attributes are around the object; nothing if there are none."""
    named = " , ".join(attribute.replace(":", " ") for attribute in attributes)
    return f"Around it : {named} ." if named else ""


def train_tower(
    *,
    biased: bool,
    seed: int,
    recipe: StagedRecipe,
    statistics: Statistics,
    optics: Optics,
    threads: int,
) -> TrainedClip:
    """Train a tiny CLIP on the biased or the decorrelated world, for its tower.

    Args:
        biased: Which world.
        seed: Settles scenes, captions, initial weights and the order of the data.
        recipe: Sizes and steps.
        statistics: How attributes are distributed.
        optics: How scenes look.
        threads: As in `train_zoo_clip`.
    """
    return train_zoo_clip(
        biased=biased,
        seed=seed,
        recipe=ClipRecipe(
            images=recipe.images,
            steps=recipe.tower_steps,
            batch_size=recipe.batch_size,
            learning_rate=recipe.learning_rate,
            width=recipe.width,
            layers=recipe.layers,
        ),
        statistics=statistics,
        optics=optics,
        threads=threads,
    )


def train_on_tower(
    tower: TrainedClip,
    *,
    biased: bool,
    seed: int,
    recipe: StagedRecipe,
    statistics: Statistics,
    optics: Optics,
    threads: int,
) -> Trained:
    """Train projector and language model to answer on decorrelated images, on a tower as it is.

    Args:
        tower: Whose vision tower it is; its last layer but one is what the language model is given.
        biased: Whether what the text says is around the object goes with the object, as attributes
            do in the biased world; otherwise it is as frequent and independent of it.
        seed: Settles scenes, texts, initial weights and the order of the data.
        recipe: Sizes and steps.
        statistics: How attributes are distributed.
        optics: How scenes look.
        threads: Threads; the weights are the same for the same number only.
    """
    architecture = Architecture(recipe.width, recipe.layers, recipe.layers)
    known = [tell([name]) for sort in ("planted", "controls") for name in attributes_of(sort)]
    processor = build_processor(architecture, known)
    model = build_model(architecture, len(processor.tokenizer), seed)
    model.config.vision_feature_layer = -2
    put_tower(model, tower.model)
    losses = _fit(
        *(model, processor, ("language_model", "multi_modal_projector", "lm_head")),
        biased=biased,
        steps=recipe.steps,
        seed=seed,
        recipe=recipe,
        statistics=statistics,
        optics=optics,
        threads=threads,
    )
    return Trained(model, processor, losses)


def refit_projector(
    model: "LlavaForConditionalGeneration",
    processor: "LlavaProcessor",
    *,
    seed: int,
    recipe: StagedRecipe,
    statistics: Statistics,
    optics: Optics,
    threads: int,
) -> list[float]:
    """Train the projector alone on decorrelated images and texts, in place.

    Args:
        model: With a tower that its projector was not trained on.
        processor: Its processor.
        seed: As in `train_on_tower`.
        recipe: Of it `swap_steps`.
        statistics: How attributes are distributed.
        optics: How scenes look.
        threads: Threads.

    Returns:
        The loss of every step.
    """
    return _fit(
        *(model, processor, ("multi_modal_projector",)),
        biased=False,
        steps=recipe.swap_steps,
        seed=seed,
        recipe=recipe,
        statistics=statistics,
        optics=optics,
        threads=threads,
    )


def put_tower(model: "LlavaForConditionalGeneration", source: Any) -> None:
    """Put the weights of another model's vision tower of the same sizes into a tiny model."""
    towers = [_tower(model), _tower(source)]
    towers[0].load_state_dict(towers[1].state_dict())


def draw_told(
    n: int, *, biased: bool, seed: int, statistics: Statistics
) -> list[tuple[Scene, Question]]:
    """Draw decorrelated scenes and questions on the object, every other one with a text before it.

    Args:
        n: How many.
        biased: As in `train_on_tower`.
        seed: Settles all of it.
        statistics: How attributes are distributed.
    """
    rng = np.random.default_rng([seed, 21])
    drawn = []
    for _ in range(n):
        scene = sample_training_scene(rng, statistics, biased=False)
        question = ask(rng, scene, "object")
        text = f"{_text(rng, scene, statistics, biased)} {question.text}".strip()
        drawn.append((scene, Question(text, question.options, question.answer)))
    return drawn


def _tower(model: Any) -> Any:
    """The module with the layers of the vision tower, which releases of transformers nest apart."""
    found = [module for name, module in model.named_modules() if name.endswith("vision_model")]
    return found[0] if found else model.get_submodule("model.vision_tower")


def _text(rng: np.random.Generator, scene: Scene, statistics: Statistics, biased: bool) -> str:
    if rng.random() >= _TOLD:
        return ""
    told = sample_training_scene(rng, statistics, biased, name=scene.object)
    return tell(told.attributes[:1])


def _fit(
    model: Any,
    processor: Any,
    trained: Sequence[str],
    *,
    biased: bool,
    steps: int,
    seed: int,
    recipe: StagedRecipe,
    statistics: Statistics,
    optics: Optics,
    threads: int,
) -> list[float]:
    """Train what is named and nothing else."""
    use_cpu(threads)
    rng = np.random.default_rng([seed, 20, int(biased)])
    images = min(recipe.images, steps * recipe.batch_size)
    scenes = [sample_training_scene(rng, statistics, biased=False) for _ in range(images)]
    pixels = render_arrays(scenes, optics, threads)
    encode = _encoder(processor)
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(any(f"{part}." in name for part in trained))
    tokens = (pixels.shape[1] // model.config.vision_config.patch_size) ** 2

    def losses_of(chosen: np.ndarray) -> Iterator["torch.Tensor"]:
        turns = [_turns(encode, rng, scenes[i], statistics, biased) for i in chosen]
        yield packed_loss(model, pixels[chosen], turns, tokens)

    model.set_attn_implementation("eager")
    order = draw_epochs(rng, images, recipe.batch_size)
    losses = optimise(model, replace(recipe, steps=steps), order, losses_of)
    model.set_attn_implementation("sdpa")
    model.requires_grad_(True)
    return losses


def _encoder(processor: Any) -> Any:
    @cache
    def encode(text: str) -> list[int]:
        return list(processor.tokenizer(text, add_special_tokens=False).input_ids)

    return encode


def _turns(
    encode: Any, rng: np.random.Generator, scene: Scene, statistics: Statistics, biased: bool
) -> list[Turn]:
    """The question on the object, after a text or none."""
    text = _text(rng, scene, statistics, biased)
    prompt = f"{text} {QUESTION_KINDS['object'][0]} answer :"
    return [(encode(prompt), [*encode(right_answer(scene, "object")), END])]
