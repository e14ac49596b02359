"""A CLIP model that says which of a candidate's two descriptions fits an image better."""

from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image

from spuriverse.discovery.synthesis.backends import Description
from spuriverse.problems import Problem

BATCH = 64


def load(settings: Mapping[str, Any]) -> "ClipJudge":
    """Return a judge with the model of `clip_checkpoint` and `clip_revision`.

    Raises:
        Problem: The checkpoint is no CLIP model, or there is none.
    """
    import torch
    from transformers import AutoProcessor, CLIPModel

    name, revision = settings["clip_checkpoint"], settings["clip_revision"]
    known = {"revision": revision} if revision else {}
    try:
        model = CLIPModel.from_pretrained(name, use_safetensors=True, **known).eval()
        processor = AutoProcessor.from_pretrained(name, **known)
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise Problem(
            f"There is no CLIP model '{name}' ({type(error).__name__}); correct"
            " synthesis.gates.clip_checkpoint: a folder, or a name on the Hub."
        ) from error
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return ClipJudge(model.to(device), processor, settings["clip_threshold"])


class ClipJudge:
    """Softmax over the image's logits for the spurious and the core description.

    The logits are CLIP's own: cosine similarity times its temperature (Radford et al. 2021,
    Learning Transferable Visual Models From Natural Language Supervision, section 2.3).
    """

    def __init__(self, model: Any, processor: Any, threshold: float) -> None:
        """Use a model.

        Args:
            model: A `CLIPModel`.
            processor: Its processor.
            threshold: Least probability of the spurious description for which the attribute counts
                as present.
        """
        self._model = model
        self._processor = processor
        self._threshold = threshold

    def are_present(
        self, descriptions: Sequence[Description], images: Sequence[Image.Image]
    ) -> list[bool | None]:
        """Compare both descriptions of every image; never in doubt."""
        found: list[bool | None] = []
        for start in range(0, len(images), BATCH):
            part = slice(start, start + BATCH)
            found += self._judge(descriptions[part], images[part])
        return found

    def _judge(
        self, descriptions: Sequence[Description], images: Sequence[Image.Image]
    ) -> list[bool | None]:
        import torch

        texts = list(dict.fromkeys(t for d in descriptions for t in (d.spurious_text, d.core_text)))
        prepared = self._processor(
            text=texts, images=list(images), return_tensors="pt", padding=True, truncation=True
        ).to(self._model.device)
        with torch.inference_mode():
            logits = self._model(**prepared).logits_per_image.float()
        found: list[bool | None] = []
        for row, description in zip(logits, descriptions, strict=True):
            pair = [texts.index(t) for t in (description.spurious_text, description.core_text)]
            found.append(bool(row[pair].softmax(0)[0] >= self._threshold))
        return found
