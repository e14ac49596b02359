"""Features of images under a vision tower that is not trained: computed once, used every epoch."""

import logging
from collections.abc import Mapping
from typing import Any

from spuriverse.finetuning.targets import TOWERS
from spuriverse.models import PIXELS, LocalModel, compute_features, takes_features

log = logging.getLogger(__name__)

_MEMORY_BYTES = 16 * 2**30
"""A third of what a job asks for that fine-tunes a model of 7 to 15 billion parameters."""


class FrozenFeatures:
    """The features of images, kept on the CPU by the path of the image.

    What does not fit into the memory is computed anew each time.

    Args:
        base: The base model; an adapter on its language model changes nothing here.
        memory_bytes: Most that is kept.
    """

    def __init__(self, base: LocalModel, memory_bytes: int = _MEMORY_BYTES) -> None:
        self._base = base
        self._room = memory_bytes
        self._known: dict[str, Any] = {}

    def serve(self, layers: str) -> bool:
        """Return whether a run can do with features: the tower is frozen, and the model takes them.

        Args:
            layers: Towers that get adapters, a key of `spuriverse.finetuning.targets.TOWERS`.
        """
        frozen = not set(TOWERS["vision"]) & set(TOWERS[layers])
        return frozen and takes_features(self._base.model)

    def of(self, image: str, encoded: Mapping[str, Any]) -> Any | None:
        """Return the features of one sample's image; None where its pixels have to stay.

        Args:
            image: Path of the image.
            encoded: The sample's inputs, a batch of one.
        """
        if image not in self._known:
            found = self._compute(encoded)
            size = _bytes_of(found)
            if size > self._room:
                return found
            self._room -= size
            self._known[image] = found
        return self._known[image]

    def _compute(self, encoded: Mapping[str, Any]) -> Any | None:
        import torch

        model = self._base.model
        inputs = {key: value.to(model.device) for key, value in encoded.items()}
        training = model.training
        # As the trainer computes, which keeps sums in full precision.
        short = model.dtype in (torch.bfloat16, torch.float16)
        model.eval()
        try:
            with torch.autocast(
                model.device.type, dtype=model.dtype if short else None, enabled=short
            ):
                found = compute_features(model, inputs)
        finally:
            model.train(training)
        return _on_cpu(found)


def without_pixels(encoded: Mapping[str, Any]) -> dict[str, Any]:
    """Return a sample's inputs without what its features stand for."""
    return {key: value for key, value in encoded.items() if key not in PIXELS}


def _on_cpu(features: Any | None) -> Any | None:
    if isinstance(features, list):
        return [image.cpu() for image in features]
    return None if features is None else features.cpu()


def _bytes_of(features: Any | None) -> int:
    parts = features if isinstance(features, list) else [] if features is None else [features]
    return sum(part.nbytes for part in parts)
