"""Checkpoints that compare images with texts: any CLIP or SigLIP that transformers knows."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from spuriverse.models.loading import open_pretrained, placement_on_one
from spuriverse.models.spec import Device, Dtype
from spuriverse.problems import Problem

if TYPE_CHECKING:
    import torch

PROMPTS_AT_ONCE = 256


class ContrastiveModel:
    """Embeds images and texts in one space.

    Attributes:
        name: What messages call it.
        side: Pixels of the shortest side of an image that its processor takes; what a larger image
            has more is not seen.
    """

    def __init__(self, name: str, model: Any, processor: Any) -> None:
        """Take what was loaded.

        Args:
            name: What messages call it.
            model: Anything with `get_text_features` and `get_image_features`.
            processor: Its processor.

        Raises:
            Problem: The model has no such functions.
        """
        if not (hasattr(model, "get_text_features") and hasattr(model, "get_image_features")):
            raise Problem(
                f"The checkpoint of {name} is a {type(model).__name__}, which does not compare"
                " images with texts; name a CLIP or SigLIP checkpoint."
            )
        self.name = name
        self.model, self.processor = model, processor
        self.side = _side(processor.image_processor, model)
        # SigLIP was trained on prompts of one length and reads others wrongly.
        self._fixed = "siglip" in model.config.model_type
        self._longest = model.config.text_config.max_position_embeddings

    def prepare(self, images: Sequence[Image.Image]) -> Any:
        """Return what the processor makes of RGB images, on the CPU."""
        return self.processor.image_processor(images=list(images), return_tensors="pt")

    def embed_images(self, inputs: Any) -> "torch.Tensor":
        """Return the normalised embeddings of images that `prepare` has prepared.

        Returns:
            float32 tensor of shape (images, dimensions).
        """
        import torch

        moved = inputs.to(self.model.device)
        moved["pixel_values"] = moved["pixel_values"].to(self.model.dtype)
        with torch.inference_mode():
            return _normalised(_pooled(self.model.get_image_features(**moved)))

    def embed_names(self, names: Sequence[str], templates: Sequence[str]) -> "torch.Tensor":
        """Embed names of classes.

        A class is the mean of its prompts' normalised embeddings, normalised again (CLIP, arXiv
        2103.00020, section 3.1.4).

        Args:
            names: The names, n of them.
            templates: Prompts with `{}` for the name, at least one.

        Returns:
            float32 tensor of shape (n, dimensions).
        """
        import torch

        prompts = [t.replace("{}", text) for text in names for t in templates]
        parts = []
        for start in range(0, len(prompts), PROMPTS_AT_ONCE):
            inputs = self.processor.tokenizer(
                prompts[start : start + PROMPTS_AT_ONCE],
                padding="max_length" if self._fixed else True,
                truncation=True,
                max_length=self._longest,
                return_tensors="pt",
            ).to(self.model.device)
            wanted = {k: inputs[k] for k in ("input_ids", "attention_mask") if k in inputs}
            with torch.inference_mode():
                parts.append(_normalised(_pooled(self.model.get_text_features(**wanted))))
        embedded = torch.cat(parts).view(len(names), len(templates), -1)
        return _normalised(embedded.mean(dim=1))

    def scale(self, cosines: "torch.Tensor") -> "torch.Tensor":
        """Return the model's logits of cosines: times its scale, plus its bias if it has one."""
        scale = self.model.logit_scale.detach().float().exp().item()
        bias = getattr(self.model, "logit_bias", None)
        return cosines * scale + (0.0 if bias is None else bias.item())

    def knows(self, text: str) -> bool:
        """Return whether the tokenizer has any token for a text."""
        tokenizer = self.processor.tokenizer
        ids = set(tokenizer(text, add_special_tokens=False).input_ids)
        return bool(ids - {tokenizer.unk_token_id, tokenizer.eos_token_id})

    def reads_whole(self, text: str, templates: Sequence[str]) -> bool:
        """Return whether no prompt of a text is longer than what the model reads."""
        prompts = [template.replace("{}", text) for template in templates]
        ids = self.processor.tokenizer(prompts).input_ids
        return max(map(len, ids)) <= self._longest


def load_contrastive(
    checkpoint: str | Path,
    *,
    name: str | None = None,
    threads: int = 1,
    revision: str | None = None,
    dtype: Dtype = "auto",
    device: Device = "auto",
    token_env: str | None = "HF_TOKEN",
) -> ContrastiveModel:
    """Load a checkpoint that compares images with texts.

    Args:
        checkpoint: A folder as `save_pretrained` writes it, or the id of a checkpoint of the Hub.
        name: What messages call it; by default as `checkpoint`.
        threads: Threads on the CPU.
        revision: Commit, tag or branch of a checkpoint of the Hub.
        dtype: Precision on a GPU. A CPU computes in float32.
        device: `auto` takes a GPU if there is one.
        token_env: Name of the environment variable with the Hub's token.

    Raises:
        Problem: There is no such checkpoint, it is of another family, or this machine cannot run it
            as asked.
    """
    kinds = ("AutoModel", "AutoProcessor")
    settings = placement_on_one(checkpoint, threads, dtype, device)
    model, processor = open_pretrained(checkpoint, settings, revision, token_env, kinds)
    return ContrastiveModel(name or str(checkpoint), model.eval(), processor)


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
    vectors = vectors.float()
    return vectors / vectors.norm(dim=-1, keepdim=True)
