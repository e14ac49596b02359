"""Teach a tiny model words that its training never used, such as the names of attributes.

A tiny model knows the words of its questions and options only, so that a prompt that states an
attribute would read `<unk>` to it. Here the model stays as it is, every weight of it, and only the
input vectors of the new words are learned (as in textual inversion, Gal et al. 2023, ICLR), from
scenes of the very world the model was trained in: what a word tells the model about the answer is
what it would have told in that world. The words are read and never said: the output has no
entries for them, so that probabilities without them are unchanged to the bit.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spuriverse.problems import Problem
from spuriverse.progress import progress
from spuriverse.tables import atomic_path
from spuriverse.world.pictures import render_arrays
from spuriverse.world.rendering import Optics, Scene
from spuriverse.world.sampling import Statistics, right_answer, sample_training_scene
from spuriverse.world.zoo import split_words

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Lesson:
    """How words are learned; fixed before the results were looked at.

    Attributes:
        images: Rendered scenes.
        steps: Optimiser steps.
        batch_size: Scenes a step, each with one statement.
        learning_rate: Of Adam, on the new vectors alone.
    """

    images: int = 2000
    steps: int = 60
    batch_size: int = 64
    learning_rate: float = 0.05


@dataclass(frozen=True)
class Words:
    """New words and their input vectors, shape (words, width)."""

    names: tuple[str, ...]
    vectors: "torch.Tensor"

    def save(self, path: str | Path) -> None:
        """Write the words as a safetensors file; the same words give the same bytes."""
        from safetensors.torch import save_file

        with atomic_path(path) as temporary:
            save_file({"vectors": self.vectors}, temporary, {"words": " ".join(self.names)})

    @classmethod
    def none(cls) -> "Words":
        """Return no words, for a model that reads already."""
        import torch

        return cls((), torch.zeros(0, 1))

    @classmethod
    def load(cls, path: str | Path) -> "Words":
        """Read words that `save` wrote.

        Raises:
            Problem: The file is missing or is none of these.
        """
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(path, "pt") as file:
                return cls(tuple(file.metadata()["words"].split()), file.get_tensor("vectors"))
        except (OSError, SafetensorError, KeyError, TypeError) as error:
            raise Problem(
                f"{path} holds no learned words ({error}); delete it and run learn_words again."
            ) from error


def missing_words(processor: Any, texts: Iterable[str]) -> tuple[str, ...]:
    """Return the words of the texts that a tiny model's vocabulary lacks, sorted."""
    known = processor.tokenizer.get_vocab()
    return tuple(sorted({word for text in texts for word in split_words(text)} - set(known)))


def add_words(model: Any, processor: Any, words: Words) -> None:
    """Let a tiny model read `words`; nothing else about it changes."""
    if not words.names:
        return
    import torch
    from tokenizers import models

    tokenizer = processor.tokenizer
    known = tokenizer.get_vocab()
    new = {word: len(known) + i for i, word in enumerate(words.names)}
    tokenizer.backend_tokenizer.model = models.WordLevel(known | new, unk_token="<unk>")
    old = model.get_input_embeddings().weight.detach()
    weight = torch.cat([old, words.vectors.to(old)])
    model.set_input_embeddings(torch.nn.Embedding.from_pretrained(weight, freeze=True))


def learn_words(
    model: Any,
    processor: Any,
    names: Sequence[str],
    say: Callable[[Scene], Sequence[str]],
    *,
    biased: bool,
    statistics: Statistics,
    optics: Optics,
    lesson: Lesson,
    seed: int,
) -> Words:
    """Learn the vectors of new words; the model reads them afterwards.

    A step shows scenes with one true statement each before the question for the object, and
    raises the likelihood of the right answer.

    Args:
        model: A tiny model; its weights are frozen by this.
        processor: Its processor.
        names: The words, none of which it knows.
        say: What can be said of a scene: prompts without the answer, `<image>` standing for the
            image, one of which is drawn. A scene of which there is nothing to say is left out.
        biased: Whether the model was trained on the biased world.
        statistics: Of that world.
        optics: Of that world.
        lesson: The recipe.
        seed: Settles scenes, statements and the first vectors.
    """
    import torch

    width = model.get_input_embeddings().weight.shape[1]
    first = torch.randn(len(names), width, generator=torch.Generator().manual_seed(seed))
    if not names:
        return Words((), first)
    rng = np.random.default_rng([seed, 7])
    drawn = [sample_training_scene(rng, statistics, biased) for _ in range(lesson.images)]
    scenes = [scene for scene in drawn if say(scene)]
    pixels = torch.from_numpy(render_arrays(scenes, optics)).permute(0, 3, 1, 2)
    model.requires_grad_(False)
    add_words(model, processor, Words(tuple(names), 0.3 * first))
    embedding = model.get_input_embeddings().weight
    known = len(embedding) - len(names)
    embedding.requires_grad_(True)
    embedding.register_hook(lambda gradient: _only_new(gradient, known))
    optimiser = torch.optim.Adam([embedding], lr=lesson.learning_rate)
    for _ in progress(range(lesson.steps), desc="learning words", total=lesson.steps, unit="step"):
        chosen = rng.integers(len(scenes), size=lesson.batch_size)
        loss = _loss(model, processor, pixels[chosen], [scenes[i] for i in chosen], say, rng)
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
    embedding.requires_grad_(False)
    return Words(tuple(names), embedding[known:].clone())


def _only_new(gradient: "torch.Tensor", known: int) -> "torch.Tensor":
    changed = gradient.clone()
    changed[:known] = 0
    return changed


def _loss(
    model: Any,
    processor: Any,
    pixels: "torch.Tensor",
    scenes: Sequence[Scene],
    say: Callable[[Scene], Sequence[str]],
    rng: np.random.Generator,
) -> "torch.Tensor":
    import torch

    tokenizer = processor.tokenizer
    places = "<image>" * model.config.image_seq_length
    prompts = [
        statements[int(rng.integers(len(statements)))].replace("<image>", places)
        for statements in map(say, scenes)
    ]
    answers = [right_answer(scene, "object") for scene in scenes]
    inputs = tokenizer(prompts, padding=True, return_tensors="pt", add_special_tokens=False)
    target = torch.tensor([tokenizer.convert_tokens_to_ids(answer) for answer in answers])
    logits = model(
        **{key: inputs[key] for key in ("input_ids", "attention_mask")},
        pixel_values=pixels.float() / 127.5 - 1,
        logits_to_keep=1,
    ).logits[:, -1]
    return torch.nn.functional.cross_entropy(logits, target)
