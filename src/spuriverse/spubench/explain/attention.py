"""What the token from which an answer is said attends to: words of the prompt and image patches."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from spuriverse.models import LocalModel
from spuriverse.problems import Problem


@dataclass(frozen=True)
class Attention:
    """Attention over one prompt, mean over heads and layers; everything together sums to 1.

    Attributes:
        patches: Over the image's tokens, shape (rows, columns).
        words: Every other token of the prompt and its share.
        attribute: Share of the words that state the attribute; 0 where the prompt states none.
        stated: Whether the prompt states one.
    """

    patches: np.ndarray
    words: tuple[tuple[str, float], ...]
    attribute: float
    stated: bool

    @property
    def image(self) -> float:
        """Share of the image."""
        return float(self.patches.sum())


def answer_attention(
    model: LocalModel,
    images: Sequence[Image.Image],
    prompts: Sequence[str],
    attributes: Sequence[str],
) -> list[Attention]:
    """Return what the last token of every prompt attends to, which says the answer's first token.

    Args:
        model: A checkpoint that puts the image among the tokens of the prompt.
        images: n images of one size.
        prompts: n prompts, as `LocalModel.wrap` makes them.
        attributes: What each prompt states, or "".

    Raises:
        Problem: The model gives no attentions with its kernel, or has no image tokens.
    """
    import torch

    inputs = model.encode(images, prompts)
    seen = _image_tokens(model, inputs)
    with torch.inference_mode():
        output = model.model(**inputs, output_attentions=True, logits_to_keep=1, use_cache=False)
    layers = output.attentions or ()
    if not layers or any(layer is None for layer in layers):
        kernel = getattr(model.model.config, "_attn_implementation", "the chosen one")
        raise Problem(
            f"The model {model.name} gives no attentions with the attention kernel '{kernel}'; set"
            " explain.attention to eager."
        )
    weights = torch.stack([layer[:, :, -1].float().mean(1) for layer in layers]).mean(0)
    return [
        _one(model, inputs, row, weights[row].cpu().numpy(), seen[row], prompts[row], attribute)
        for row, attribute in enumerate(attributes)
    ]


def _image_tokens(model: LocalModel, inputs: dict[str, Any]) -> np.ndarray:
    token = getattr(model.model.config, "image_token_id", None)
    seen = (inputs["input_ids"] == token).cpu().numpy()
    if token is None or not seen.any(1).all() or "cross_attention_mask" in inputs:
        raise Problem(
            f"The model {model.name} does not put the image among the tokens of the prompt, so that"
            " there is no attention over patches; leave it out of explain.models."
        )
    return seen


def _one(
    model: LocalModel,
    inputs: dict[str, Any],
    row: int,
    weights: np.ndarray,
    seen: np.ndarray,
    prompt: str,
    attribute: str,
) -> Attention:
    ids = inputs["input_ids"][row].tolist()
    real = inputs["attention_mask"][row].bool().cpu().numpy() & ~seen
    stated = _places_of(model.processor.tokenizer, prompt, attribute, ids)
    words = [(model.processor.tokenizer.decode([ids[i]]), float(weights[i])) for i in _where(real)]
    patches = weights[seen].reshape(_grid(model, inputs, row, int(seen.sum())))
    return Attention(patches, tuple(words), float(weights[stated].sum()), bool(stated))


def _where(mask: np.ndarray) -> list[int]:
    return [int(i) for i in np.flatnonzero(mask)]


def _grid(model: LocalModel, inputs: dict[str, Any], row: int, tokens: int) -> tuple[int, int]:
    """Rows and columns of the image's tokens."""
    if "image_grid_thw" in inputs:
        merge = model.model.config.vision_config.spatial_merge_size
        _, rows, columns = (inputs["image_grid_thw"][row] // merge).tolist()
        return rows, columns
    height, width = inputs["pixel_values"].shape[-2:]
    rows = round((tokens * height / width) ** 0.5)
    return rows, tokens // rows


def _places_of(tokenizer: Any, prompt: str, attribute: str, ids: list[int]) -> list[int]:
    """Places of the attribute's tokens in `ids`, in which the image takes many places.

    What follows the image is the same tokens in `ids` and in the prompt as it was written, so
    that places are counted from the end.
    """
    text = " ".join(attribute.split())
    start = prompt.find(text) if text else -1
    if start < 0:
        return []
    written = tokenizer(prompt, add_special_tokens=False, return_offsets_mapping=True)
    n, total = len(written["input_ids"]), len(ids)
    return [
        total - n + place
        for place, (left, right) in enumerate(written["offset_mapping"])
        if left < start + len(text) and right > start and right > left
    ]
