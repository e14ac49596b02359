"""Turn images and prompts into what a checkpoint computes with."""

import logging
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

from PIL import Image

from spuriverse.models.features import (
    compute_features,
    join_features,
    put_features,
    takes_features,
)
from spuriverse.problems import Problem
from spuriverse.questions import image_size

log = logging.getLogger(__name__)

_MOST_BYTES = 2**30


class ImageMemory:
    """The features of the images that were encoded last.

    Kept while the same images are asked about again, with another strategy or the options in
    another order: then the vision tower runs once.
    """

    def __init__(self) -> None:
        self._pixels: Any = None
        self._features: Any = None

    def replace_pixels(self, model: Any, inputs: dict[str, Any]) -> dict[str, Any]:
        """Return the inputs with the features of the images in place of their pixels.

        Args:
            model: The checkpoint's model.
            inputs: What its processor made.
        """
        if "pixel_values" not in inputs or not takes_features(model):
            return inputs
        features = self.features_of(model, inputs)
        return inputs if features is None else put_features(model, inputs, features)

    def features_of(self, model: Any, inputs: dict[str, Any]) -> Any | None:
        """Return the features of the images of a batch, as `compute_features` does.

        Args:
            model: A model that takes features.
            inputs: What its processor made.
        """
        import torch

        pixels = inputs["pixel_values"]
        same = self._pixels is not None and self._pixels.shape == pixels.shape
        if not same or not torch.equal(self._pixels, pixels):
            self._features = compute_features(model, inputs)
            self._pixels = pixels
        return self._features


@dataclass(frozen=True)
class Prepared:
    """What a processor has made of images and their prompts; stands in the place of the images.

    Attributes:
        inputs: The model's inputs, padded on the left, on the CPU.
    """

    inputs: Any


class InputMemory:
    """What a processor has made of batches, kept while the same questions are asked again.

    For a checkpoint that is asked with one adapter after another: its processor is the same each
    time, so that every image is decoded and prepared once. What does not fit is prepared anew.
    """

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        """Remember nothing yet.

        Args:
            most_bytes: Most that is kept.
        """
        self._room = most_bytes
        self._kept: dict[tuple[tuple[str, ...], tuple[str, ...]], Prepared] = {}

    def of(
        self, images: Sequence[str], prompts: Sequence[str], make: Callable[[], Prepared]
    ) -> Prepared:
        """Return what the processor makes of a batch.

        Args:
            images: Paths of n images.
            prompts: n prompts.
            make: Prepares the batch, if it is not kept.
        """
        key = (tuple(images), tuple(prompts))
        found = self._kept.get(key) or make()
        size = sum(getattr(value, "nbytes", 0) for value in found.inputs.values())
        if key not in self._kept and size <= self._room:
            self._room -= size
            self._kept[key] = found
        # Inputs move to the device of the model in place.
        return Prepared(copy(found.inputs))


def prepare(processor: Any, images: Sequence[Image.Image], prompts: Sequence[str]) -> Prepared:
    """Do the part of `encode` that needs no model, so that it can be done ahead.

    Args:
        processor: The checkpoint's processor.
        images: One image per prompt; their sizes may differ.
        prompts: Prompts with the chat template applied.
    """
    begin = processor.tokenizer.bos_token
    inputs = processor(
        images=[[image] for image in images],
        text=list(prompts),
        padding=True,
        return_tensors="pt",
        # Most chat templates write the first token themselves; twice it would mislead the model.
        add_special_tokens=not (begin and prompts[0].startswith(begin)),
    )
    return Prepared(inputs)


def encode(
    model: Any,
    processor: Any,
    images: Sequence[Image.Image] | Prepared,
    prompts: Sequence[str],
    memory: ImageMemory | None = None,
) -> dict[str, Any]:
    """Return the model's inputs for a batch: padded on the left, on its device, in its precision.

    Args:
        model: The checkpoint's model.
        processor: The checkpoint's processor.
        images: One image per prompt; their sizes may differ. Or what `prepare` made of them.
        prompts: Prompts with the chat template applied.
        memory: Where the encoded images are kept, if they will be asked about again.
    """
    prepared = images if isinstance(images, Prepared) else prepare(processor, images, prompts)
    inputs = prepared.inputs.to(model.device, dtype=model.dtype)
    kept = {key: value for key, value in inputs.items() if key != "labels"}
    return kept if memory is None else memory.replace_pixels(model, kept)


def encode_conditions(
    model: Any,
    processor: Any,
    images: Sequence[Image.Image],
    conditions: Sequence[Sequence[str]],
    memory: ImageMemory | None = None,
) -> dict[str, Any]:
    """Return the inputs of several prompts per image: the vision tower runs once per image.

    Args:
        model: The checkpoint's model.
        processor: The checkpoint's processor.
        images: n images.
        conditions: For every condition n prompts with the chat template applied.
        memory: Holds the encoded images, if they were or will be asked about otherwise.

    Returns:
        Inputs of conditions x n rows: the n images under the first condition, then under the
        next. Features stand in place of the pixels in models that take them: those that put
        them among the prompt's tokens, and Mllama, which attends to them across. Others get the
        pixels once per row.
    """
    prompts = [prompt for condition in conditions for prompt in condition]
    times = len(conditions)
    inputs = encode(model, processor, list(images) * times, prompts)
    if not takes_features(model):
        return inputs
    first = {key: value[: len(value) // times] for key, value in inputs.items()}
    features = (memory or ImageMemory()).features_of(model, first)
    if features is None:
        return inputs
    return put_features(model, inputs, join_features([features] * times))


def count_image_tokens(processor: Any, images: Sequence[str]) -> list[int]:
    """Return how many tokens images become, from the headers of their files.

    Args:
        processor: A checkpoint's processor.
        images: Paths of n images.

    Returns:
        n counts, which only models of dynamic resolution need: 0 for all where every size becomes
        as many tokens or the processor does not say, and 0 for an image that cannot be read.
    """
    if not hasattr(processor, "_get_num_multimodal_tokens"):
        return [0] * len(images)

    def tokens(sizes: Sequence[tuple[int, int]]) -> list[int]:
        return list(processor._get_num_multimodal_tokens(image_sizes=sizes)["num_image_tokens"])

    try:
        if len({*tokens([(224, 224), (448, 1344), (1344, 448)])}) == 1:
            return [0] * len(images)
        known = {path: size[::-1] for path in {*images} if (size := _size(path))}
        counts = dict(zip(known, tokens(list(known.values())), strict=True))
    except Exception as error:
        # Each family counts in code of its own. What fails is speed alone.
        log.info("The tokens of images are not counted (%s: %s)", type(error).__name__, error)
        return [0] * len(images)
    return [counts.get(path, 0) for path in images]


def _size(path: str) -> tuple[int, int] | None:
    try:
        return image_size(path)
    except Problem:
        return None  # it is named when its question is asked
