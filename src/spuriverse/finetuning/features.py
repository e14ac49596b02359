"""Features of images under a vision tower that is not trained: computed once, used every epoch."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from spuriverse.finetuning.scratch import Scratch
from spuriverse.finetuning.targets import TOWERS
from spuriverse.models import (
    PIXELS,
    LocalModel,
    compute_features,
    put_features,
    takes_features,
)

log = logging.getLogger(__name__)

_MEMORY_BYTES = 16 * 2**30
"""A third of what a job asks for that fine-tunes a model of 7 to 15 billion parameters."""


class FrozenFeatures:
    """The features of images, kept on the CPU by the path of the image.

    What does not fit into the memory goes to disk, and where that is full it is computed anew.

    Args:
        base: The base model; an adapter on its language model changes nothing here.
        memory_bytes: Most that is kept in memory.
        folder: An existing folder with room for the rest; None for no rest.
    """

    def __init__(
        self, base: LocalModel, memory_bytes: int = _MEMORY_BYTES, folder: Path | None = None
    ) -> None:
        self._base = base
        self._scratch = Scratch(folder)
        self._room = memory_bytes
        self._known: dict[str, Any] = {}
        self._in_lists = True

    def serve(self, layers: str, image: str, encoded: Mapping[str, Any]) -> bool:
        """Return whether a run can do with features: the tower is frozen, and they are all of it.

        Args:
            layers: Towers that get adapters, a key of `spuriverse.finetuning.targets.TOWERS`.
            image: Path of the image of a sample, on which both ways are compared.
            encoded: The sample's inputs, a batch of one.
        """
        if set(TOWERS["vision"]) & set(TOWERS[layers]) or not takes_features(self._base.model):
            return False
        try:
            return self._agree(image, encoded)
        except Exception as error:
            # Each family hands its features on in code of its own. What is lost is speed alone.
            reason = " ".join(str(error).split())[:300]
            log.info("Pixels stay in place (%s: %s)", type(error).__name__, reason)
            return False

    def _agree(self, image: str, encoded: Mapping[str, Any]) -> bool:
        """Whether a forward pass on features is that on pixels."""
        import torch

        features, model = self.of(image, encoded), self._base.model
        if features is None:
            return False
        inputs = _on(model.device, {k: v for k, v in encoded.items() if k != "labels"})
        replaced = put_features(model, inputs, _moved(features, model.device))
        with _as_in_training(model):
            pixels = model(**inputs, logits_to_keep=1).logits.float()
            same = model(**replaced, logits_to_keep=1).logits.float()
        return torch.allclose(pixels, same, rtol=1e-2, atol=1e-2)

    def of(self, image: str, encoded: Mapping[str, Any]) -> Any | None:
        """Return the features of one sample's image; None where its pixels have to stay.

        Args:
            image: Path of the image.
            encoded: The sample's inputs, a batch of one.
        """
        if image in self._known:
            return self._known[image]
        stored = self._scratch.find(image)
        if stored is not None:
            return stored if self._in_lists else stored[0]
        found = self._compute(encoded)
        parts = found if isinstance(found, list) else [] if found is None else [found]
        self._in_lists = isinstance(found, list)
        size = sum(part.nbytes for part in parts)
        if size <= self._room:
            self._room -= size
            self._known[image] = found
        else:
            self._scratch.keep(image, parts)
        return found

    def _compute(self, encoded: Mapping[str, Any]) -> Any | None:
        model = self._base.model
        with _as_in_training(model):
            found = compute_features(model, _on(model.device, encoded))
        return None if found is None else _moved(found, "cpu")


@contextmanager
def _as_in_training(model: Any) -> Iterator[None]:
    """Compute as the trainer does, in the model's own precision, but nothing at random."""
    import torch

    training = model.training
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        model.train(training)


def without_pixels(encoded: Mapping[str, Any]) -> dict[str, Any]:
    """Return a sample's inputs without what its features stand for."""
    return {key: value for key, value in encoded.items() if key not in PIXELS}


def _on(device: Any, encoded: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value.to(device) for key, value in encoded.items()}


def _moved(features: Any, device: Any) -> Any:
    if isinstance(features, list):
        return [image.to(device) for image in features]
    return features.to(device)
