"""How surely pictures show what words say: by a CLIP or SigLIP, or by an open-set detector."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from spuriverse.models.contrastive import ContrastiveModel
from spuriverse.models.loading import open_pretrained, placement_on_one
from spuriverse.models.spec import Device, Dtype
from spuriverse.problems import Problem

TEMPLATES = ("a photo of {}", "a picture of {}")
"""Prompts of a contrastive model, which are averaged."""


class WordPresence:
    """Scores pictures by words.

    Attributes:
        name: What messages call it.
        detects: Whether it looks for the word anywhere in the picture, as a detector does, or
            compares it with the picture as a whole.
    """

    def __init__(self, name: str, model: Any, processor: Any) -> None:
        """Take what was loaded.

        Args:
            name: What messages call it.
            model: An OWL-ViT or OWLv2, or anything that compares images with texts.
            processor: Its processor.

        Raises:
            Problem: The model does neither.
        """
        self.name = name
        self.detects = "ForObjectDetection" in type(model).__name__
        self._model, self._processor = model, processor
        self._contrastive = None if self.detects else ContrastiveModel(name, model, processor)

    def __call__(self, images: Sequence[Image.Image], words: Sequence[str]) -> np.ndarray:
        """Return the presence of every word in every picture.

        Args:
            images: n pictures, RGB.
            words: k words or short phrases.

        Returns:
            float64 of the shape (n, k): of a detector the highest probability of any box, else the
            cosine of picture and word.
        """
        import torch

        if self._contrastive is not None:
            seen = self._contrastive.embed_images(self._contrastive.prepare(images))
            texts = self._contrastive.embed_names(list(words), TEMPLATES)
            return (seen @ texts.T).cpu().numpy().astype(np.float64)
        asked = [list(words)] * len(images)
        inputs = self._processor(text=asked, images=list(images), return_tensors="pt")
        with torch.inference_mode():
            found = self._model(**inputs.to(self._model.device))
        chances = found.logits.float().sigmoid().amax(dim=1)
        return chances[:, : len(words)].cpu().numpy().astype(np.float64)


def load_word_presence(
    checkpoint: str | Path,
    *,
    threads: int = 1,
    dtype: Dtype = "auto",
    device: Device = "auto",
) -> WordPresence:
    """Load a checkpoint that tells how surely a picture shows what a word says.

    Args:
        checkpoint: A folder as `save_pretrained` writes it, or the id of a checkpoint of the Hub:
            a CLIP, a SigLIP, an OWL-ViT or an OWLv2.
        threads: Threads on the CPU.
        dtype: Precision on a GPU. A CPU computes in float32.
        device: `auto` takes a GPU if there is one.

    Raises:
        Problem: There is no such checkpoint, it is of another family, or this machine cannot run it
            as asked.
    """
    settings = placement_on_one(checkpoint, threads, dtype, device)
    kind = "AutoModelForZeroShotObjectDetection" if _is_detector(checkpoint) else "AutoModel"
    model, processor = open_pretrained(checkpoint, settings, None, None, (kind, "AutoProcessor"))
    return WordPresence(str(checkpoint), model.eval(), processor)


def _is_detector(checkpoint: str | Path) -> bool:
    from transformers import AutoConfig

    try:
        kind = AutoConfig.from_pretrained(checkpoint).model_type
    except (OSError, ValueError) as error:
        raise Problem(
            f"{checkpoint} does not hold a checkpoint that transformers knows; correct"
            " shortcuts.presence."
        ) from error
    return str(kind) in ("owlvit", "owlv2")
