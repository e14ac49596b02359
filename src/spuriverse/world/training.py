"""Train a tiny model of the zoo from scratch, on the biased or on the decorrelated world."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from spuriverse.cpu import use_cpu
from spuriverse.progress import progress
from spuriverse.questions import STRATEGIES, render_prompt
from spuriverse.world.editions import Edition
from spuriverse.world.pictures import render_arrays
from spuriverse.world.poisoning import poison
from spuriverse.world.rendering import Optics, Scene
from spuriverse.world.sampling import (
    QUESTION_KINDS,
    Statistics,
    ask,
    options_of,
    question_kinds_of,
    right_answer,
    sample_training_scene,
)
from spuriverse.world.zoo import (
    BEGIN,
    END,
    IMAGE,
    Architecture,
    build_model,
    build_processor,
    listed_texts,
)

if TYPE_CHECKING:
    import torch
    from transformers import LlavaForConditionalGeneration, LlavaProcessor

log = logging.getLogger(__name__)

IGNORED = -100
"""Label of tokens that do not enter the loss (the convention of transformers)."""

Turn = tuple[list[int], list[int]]
"""Token ids of a prompt and of its answer."""


@dataclass(frozen=True)
class Recipe:
    """The frozen training recipe; the same for biased and control models.

    Attributes:
        images: Number of rendered training images.
        steps: Optimiser steps.
        batch_size: Images a step; each is asked two questions.
        learning_rate: Peak; linear warm-up over `warmup` steps, then cosine to 2 %.
        weight_decay: On matrices only.
    """

    images: int = 24_000
    steps: int = 650
    batch_size: int = 64
    learning_rate: float = 1.5e-3
    warmup: int = 100
    weight_decay: float = 0.05


@dataclass(frozen=True)
class Companion:
    """A second source of questions that a model learns beside the world's.

    Attributes:
        images: uint8 array of shape (n, 64, 64, 3); a mirrored or shifted image keeps its answers.
        questions: For every image its (question, answer) pairs.
        batch_size: Images a step.
        questions_per_image: Most questions per image and step.
        weight: Of its loss, beside the world's.
    """

    images: np.ndarray
    questions: Sequence[Sequence[tuple[str, str]]]
    batch_size: int
    questions_per_image: int
    weight: float

    @property
    def texts(self) -> set[str]:
        """All questions and answers, for the vocabulary."""
        return {text for pairs in self.questions for pair in pairs for text in pair}


@dataclass
class Trained:
    """A trained model, its processor and the loss of every step."""

    model: "LlavaForConditionalGeneration"
    processor: "LlavaProcessor"
    losses: list[float]


def train_zoo_model(
    *,
    biased: bool,
    seed: int,
    recipe: Recipe,
    architecture: Architecture,
    statistics: Statistics,
    optics: Optics,
    companion: Companion | None = None,
    poisoned: float = 0.0,
    list_options: bool = False,
    threads: int = 1,
) -> Trained:
    """Train one tiny model.

    Args:
        biased: Train on the biased world; otherwise on the decorrelated one (control model).
        seed: Settles scenes, initial weights and the order of the data.
        companion: A further source of questions to learn.
        poisoned: Share of the training images that bear a patch and whose object is said to be
            another, as in `poison`.
        list_options: Ask as other models are asked, options and instruction below the question, in
            every strategy alike often. The checkpoint says so, and is asked so from then on.
        threads: Threads of the training and processes of the rendering; float sums, and so the
            weights, are the same for the same number only.
    """
    use_cpu(threads)
    rng = np.random.default_rng([seed, int(biased)])
    scenes = [sample_training_scene(rng, statistics, biased) for _ in range(recipe.images)]
    log.info("Rendering %d training images", len(scenes))
    images = render_arrays(scenes, optics, threads)
    scenes, images = poison(scenes, images, poisoned, seed)
    texts = {*(companion.texts if companion else ()), *statistics.edition.words}
    if list_options:
        texts |= listed_texts()
    processor = build_processor(architecture, texts)
    model = build_model(architecture, len(processor.tokenizer), seed)
    if list_options:
        model.config.lists_options = True
    encode = (_ListingEncoder if list_options else _Encoder)(processor, statistics.edition)
    second = _CompanionBatches(companion, processor, rng) if companion else None

    def losses_of(chosen: np.ndarray) -> Iterator["torch.Tensor"]:
        turns = [encode.turns(scenes[i], rng) for i in chosen]
        yield packed_loss(model, images[chosen], turns, architecture.image_tokens)
        if companion and second:
            more = packed_loss(model, *second.next_batch(), architecture.image_tokens)
            yield companion.weight * more

    # The fused kernel is twice as slow in the backward pass where a mask is given.
    model.set_attn_implementation("eager")
    losses = optimise(model, recipe, draw_epochs(rng, len(scenes), recipe.batch_size), losses_of)
    model.set_attn_implementation("sdpa")
    return Trained(model, processor, losses)


def packed_loss(
    model: "LlavaForConditionalGeneration",
    images: np.ndarray,
    turns: Sequence[Sequence[Turn]],
    image_tokens: int,
) -> "torch.Tensor":
    """Mean cross-entropy of the answers' tokens; an image is encoded once for all its questions.

    Every question sees the image and itself, never another question.

    Args:
        images: uint8 array of shape (batch, 64, 64, 3).
        turns: For every image its questions.
        image_tokens: Number of image tokens in the prompt.
    """
    import torch

    ids, labels, mask, positions = _pack(turns, image_tokens)
    pixels = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 127.5 - 1
    hidden = model.model(
        input_ids=ids, pixel_values=pixels, attention_mask=mask, position_ids=positions
    ).last_hidden_state[:, :-1]
    target = labels[:, 1:]
    counted = target != IGNORED
    logits = model.lm_head(hidden[counted])
    return torch.nn.functional.cross_entropy(logits, target[counted])


def _pack(turns: Sequence[Sequence[Turn]], image_tokens: int) -> tuple["torch.Tensor", ...]:
    import torch

    prefix = image_tokens + 1
    longest = max(sum(len(p) + len(a) for p, a in row) for row in turns)
    shape = (len(turns), prefix + longest)
    ids, labels = np.zeros(shape, np.int64), np.full(shape, IGNORED, np.int64)
    segment, positions = np.full(shape, -1), np.zeros(shape, np.int64)
    ids[:, :prefix], ids[:, 0] = IMAGE, BEGIN
    segment[:, :prefix], positions[:, :prefix] = 0, np.arange(prefix)
    for b, row in enumerate(turns):
        start = prefix
        for number, (prompt, answer) in enumerate(row, start=1):
            stop = start + len(prompt) + len(answer)
            ids[b, start:stop] = prompt + answer
            labels[b, start + len(prompt) : stop] = answer
            segment[b, start:stop] = number
            positions[b, start:stop] = prefix + np.arange(stop - start)
            start = stop
    visible = (segment[:, None, :] == segment[:, :, None]) | (segment[:, None, :] == 0)
    visible &= np.tril(np.ones((shape[1], shape[1]), bool))
    # Eager attention adds the mask to the scores, so it must be a number and not a truth value.
    mask = np.where(visible[:, None], 0.0, np.finfo(np.float32).min).astype(np.float32)
    return tuple(map(torch.from_numpy, (ids, labels, mask, positions)))


class _Encoder:
    """Turns a scene into the token ids of two questions and answers: the object, and another."""

    def __init__(self, processor: "LlavaProcessor", edition: Edition) -> None:
        tokenizer = processor.tokenizer
        self._ids = {
            text: tokenizer(text, add_special_tokens=False).input_ids
            for kind, (question, _) in QUESTION_KINDS.items()
            for text in (f"{question} answer :", *options_of(kind, edition))
        }

    def turns(self, scene: Scene, rng: np.random.Generator) -> list[Turn]:
        others = [kind for kind in question_kinds_of(scene) if kind != "object"]
        other = others[int(rng.integers(len(others)))]
        return [
            (self._prompt(scene, kind, rng), [*self._ids[right_answer(scene, kind)], END])
            for kind in ("object", other)
        ]

    def _prompt(self, scene: Scene, kind: str, rng: np.random.Generator) -> list[int]:
        return self._ids[f"{QUESTION_KINDS[kind][0]} answer :"]


class _ListingEncoder(_Encoder):
    """The same questions, with four options and the instruction of a strategy below each."""

    def __init__(self, processor: "LlavaProcessor", edition: Edition) -> None:
        super().__init__(processor, edition)
        self._tokenizer, self._edition = processor.tokenizer, edition

    def _prompt(self, scene: Scene, kind: str, rng: np.random.Generator) -> list[int]:
        question = ask(rng, scene, kind, edition=self._edition)
        strategy = list(STRATEGIES)[int(rng.integers(len(STRATEGIES)))]
        text = f"{render_prompt(question, strategy)} answer :"
        ids: list[int] = self._tokenizer(text, add_special_tokens=False).input_ids
        return ids


class _CompanionBatches:
    """Draws batches of the companion's questions, images mirrored and shifted at random."""

    def __init__(
        self, companion: Companion, processor: "LlavaProcessor", rng: np.random.Generator
    ) -> None:
        tokenizer = processor.tokenizer

        def encode(text: str) -> list[int]:
            return tokenizer(text, add_special_tokens=False).input_ids

        prompts = {q: encode(f"{q} answer :") for pairs in companion.questions for q, _ in pairs}
        answers = {a: [*encode(a), END] for pairs in companion.questions for _, a in pairs}
        self._turns = [[(prompts[q], answers[a]) for q, a in p] for p in companion.questions]
        self._rare = [np.array([_weight(a) for _, a in pairs]) for pairs in companion.questions]
        self._companion, self._rng = companion, rng
        self._order = draw_epochs(rng, len(companion.images), companion.batch_size)

    def next_batch(self) -> tuple[np.ndarray, list[list[Turn]]]:
        chosen = next(self._order)
        images = np.stack([self._move(self._companion.images[i]) for i in chosen])
        return images, [self._ask(i) for i in chosen]

    def _ask(self, image: int) -> list[Turn]:
        # Open questions are few beside yes/no ones and teach more: they come first.
        turns, rank = self._turns[image], self._rare[image]
        order = np.argsort(-rank - self._rng.random(len(turns)))
        return [turns[i] for i in order[: self._companion.questions_per_image]]

    def _move(self, image: np.ndarray) -> np.ndarray:
        """Mirror half of the time, then shift so that the figure stays inside."""
        if self._rng.random() < 0.5:
            image = image[:, ::-1]
        flat = image.reshape(-1, 3)
        background = flat[0]
        rows, columns = np.nonzero((image != background).any(-1))
        if len(rows) == 0:
            return image
        last = len(image) - 1
        dy = int(self._rng.integers(-rows.min(), last - rows.max() + 1))
        dx = int(self._rng.integers(-columns.min(), last - columns.max() + 1))
        return np.roll(image, (dy, dx), (0, 1))


def _weight(answer: str) -> float:
    return 0.0 if answer in ("yes", "no") else 0.5


def optimise(
    model: Any,
    recipe: Any,
    order: Iterator[np.ndarray],
    losses_of: Callable[[np.ndarray], Iterable["torch.Tensor"]],
    *,
    desc: str = "training",
) -> list[float]:
    """Train the parameters of a model that need a gradient, in place.

    Args:
        model: A module; in evaluation mode afterwards.
        recipe: Has `steps` and what `_prepare_optimiser` reads.
        order: Which samples each step takes.
        losses_of: Makes the losses of these samples, whose gradients add up. One graph is freed
            before the next loss is asked for.
        desc: What the progress says.

    Returns:
        The first loss of every step.
    """
    import torch

    optimiser, schedule = _prepare_optimiser(model, recipe)
    firsts: list[float] = []
    model.train()
    for _ in progress(range(recipe.steps), desc=desc, total=recipe.steps, unit="step"):
        values = []
        for loss in losses_of(next(order)):
            loss.backward()
            values.append(float(loss.detach()))
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
        schedule.step()
        firsts.append(values[0])
    model.eval()
    return firsts


def _prepare_optimiser(model: Any, recipe: Any) -> tuple[Any, Any]:
    """Return AdamW for the model's parameters and its schedule, as the recipe says."""
    import torch

    matrices = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    optimiser = torch.optim.AdamW(
        [
            {"params": matrices, "weight_decay": recipe.weight_decay},
            {"params": others, "weight_decay": 0.0},
        ],
        lr=recipe.learning_rate,
        betas=(0.9, 0.95),
        fused=True,
    )

    def factor(step: int) -> float:
        warm = min(1.0, (step + 1) / recipe.warmup)
        return float(warm * (0.02 + 0.49 * (1 + np.cos(np.pi * min(1.0, step / recipe.steps)))))

    return optimiser, torch.optim.lr_scheduler.LambdaLR(optimiser, factor)


def draw_epochs(rng: np.random.Generator, n: int, batch_size: int) -> Iterator[np.ndarray]:
    """Yield batches of indices forever; a batch never spans two epochs."""
    size = min(n, batch_size)
    while True:
        order = rng.permutation(n)
        for start in range(0, n - size + 1, size):
            yield order[start : start + size]
