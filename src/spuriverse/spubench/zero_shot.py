"""Zero-shot classification by any CLIP or SigLIP checkpoint that transformers knows."""

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from spuriverse.cpu import number_format, use_cpu
from spuriverse.problems import Problem

if TYPE_CHECKING:
    import torch

PROMPTS_AT_ONCE = 256


class ZeroShotClassifier:
    """Compares images with class names.

    Attributes:
        name: What messages call it.
        classes: The class names, in the order of the scores.
        side: Pixels of the shortest side of an image that its processor takes; what a larger image
            has more is not seen.
    """

    def __init__(
        self,
        name: str,
        model: Any,
        processor: Any,
        classes: Sequence[str],
        templates: Sequence[str],
    ) -> None:
        """Embed the class names.

        A class is the mean of its prompts' normalised embeddings, normalised again (CLIP, arXiv
        2103.00020, section 3.1.4).

        Args:
            name: What messages call it.
            model: Anything with `get_text_features` and `get_image_features`.
            processor: Its processor.
            classes: At least two class names.
            templates: Prompts with `{}` for the class name, at least one.

        Raises:
            Problem: A template has no place for the name, or the tokenizer has nothing for a name.
        """
        self.name = name
        self.classes = tuple(classes)
        self.side = _side(processor.image_processor, model)
        self._model, self._processor = model, processor
        if bad := [template for template in templates if template.count("{}") != 1]:
            raise Problem(
                f"The prompt '{bad[0]}' of spubench.templates must hold {{}} once, where the class"
                " name goes."
            )
        for text in self.classes:
            self._check_name(text)
        self._embedded = self._embed_classes(templates)

    def scores(self, images: Sequence[Image.Image]) -> np.ndarray:
        """Return the cosine similarity of images and classes.

        Args:
            images: RGB images, n of them.

        Returns:
            float32 array of shape (n, classes), from -1 to 1.
        """
        import torch

        inputs = self._processor(images=list(images), return_tensors="pt").to(self._model.device)
        inputs["pixel_values"] = inputs["pixel_values"].to(self._model.dtype)
        with torch.inference_mode():
            features = _pooled(self._model.get_image_features(**inputs))
        return (_normalised(features) @ self._embedded.T).clamp(-1, 1).cpu().numpy()

    def _check_name(self, text: str) -> None:
        tokenizer = self._processor.tokenizer
        ids = set(tokenizer(text, add_special_tokens=False).input_ids)
        if not ids - {tokenizer.unk_token_id, tokenizer.eos_token_id}:
            raise Problem(
                f"The tokenizer of {self.name} has no token for the class name '{text}'; give the"
                " class another name in class_names, or choose another spubench.clip."
            )

    def _embed_classes(self, templates: Sequence[str]) -> "torch.Tensor":
        import torch

        prompts = [t.replace("{}", text) for text in self.classes for t in templates]
        # SigLIP was trained on prompts of one length and reads others wrongly.
        fixed = "siglip" in self._model.config.model_type
        parts = []
        for start in range(0, len(prompts), PROMPTS_AT_ONCE):
            inputs = self._processor.tokenizer(
                prompts[start : start + PROMPTS_AT_ONCE],
                padding="max_length" if fixed else True,
                truncation=True,
                max_length=self._model.config.text_config.max_position_embeddings,
                return_tensors="pt",
            ).to(self._model.device)
            wanted = {k: inputs[k] for k in ("input_ids", "attention_mask") if k in inputs}
            with torch.inference_mode():
                parts.append(_normalised(_pooled(self._model.get_text_features(**wanted))))
        embedded = torch.cat(parts).view(len(self.classes), len(templates), -1)
        return _normalised(embedded.mean(dim=1))


def load_classifier(
    checkpoint: str | Path,
    classes: Sequence[str],
    templates: Sequence[str],
    *,
    revision: str | None = None,
    threads: int = 1,
) -> ZeroShotClassifier:
    """Load a checkpoint and embed the class names.

    Args:
        checkpoint: A folder as `save_pretrained` writes it, or the id of a checkpoint of the Hub.
        classes: As in `ZeroShotClassifier`.
        templates: As in `ZeroShotClassifier`.
        revision: Commit, tag or branch of a checkpoint of the Hub.
        threads: Threads on the CPU; a GPU is taken if there is one.

    Raises:
        Problem: There is no such checkpoint, it is of another family, or as in
            `ZeroShotClassifier`.
    """
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModel, AutoProcessor

    use_cpu(threads)
    on_gpu = torch.cuda.is_available()
    settings = {"dtype": number_format("auto", on_gpu)}
    source = {} if Path(checkpoint).is_dir() else {"revision": revision}
    if source:
        source["token"] = os.environ.get("HF_TOKEN") or None
    try:
        model = AutoModel.from_pretrained(checkpoint, **settings, **source)
        processor = AutoProcessor.from_pretrained(checkpoint, **source)
    except (OSError, ValueError, SafetensorError) as error:
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise Problem(
            f"The checkpoint {checkpoint} of spubench.clip is neither a complete folder nor"
            f" available from the Hub ({reason}); check its name and the network, or fetch it"
            f" beforehand with `hf download {checkpoint}`."
        ) from error
    if not (hasattr(model, "get_text_features") and hasattr(model, "get_image_features")):
        raise Problem(
            f"The checkpoint {checkpoint} of spubench.clip is a {type(model).__name__}, which does"
            " not compare images with texts; name a CLIP or SigLIP checkpoint."
        )
    if on_gpu:
        model = model.to("cuda")
    return ZeroShotClassifier(str(checkpoint), model.eval(), processor, classes, templates)


def _side(processor: Any, model: Any) -> int:
    """The longer side of what the processor makes, or the side its encoder was built for."""
    size = getattr(processor, "size", None) or {}
    named = ("shortest_edge", "height", "width")
    sides = [int(size[key]) for key in named if size.get(key)]
    crop = getattr(processor, "crop_size", None) or {}
    sides += [int(crop[key]) for key in ("height", "width") if crop.get(key)]
    return max(sides, default=0) or _encoder_side(model.config.vision_config)


def _encoder_side(config: Any) -> int:
    """Of an encoder that takes images of any shape, the side of a square with all its patches."""
    if size := getattr(config, "image_size", None):
        return int(size)
    return int(math.isqrt(config.num_patches) * config.patch_size)


def _pooled(output: Any) -> "torch.Tensor":
    """The embedding, which newer versions of transformers wrap."""
    return output if hasattr(output, "norm") else output.pooler_output


def _normalised(vectors: "torch.Tensor") -> "torch.Tensor":
    return (vectors / vectors.norm(dim=-1, keepdim=True)).float()
