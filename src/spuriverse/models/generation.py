"""Let a model reply."""

from dataclasses import dataclass
from typing import Any

from spuriverse.models.decoding import decode_greedily


@dataclass(frozen=True)
class Generated:
    """A reply.

    Attributes:
        text: The reply, without prompt and special tokens.
        tokens: Number of its tokens, the one that ends it included.
    """

    text: str
    tokens: int


def generate_replies(
    model: Any, tokenizer: Any, inputs: dict[str, Any], max_new_tokens: int
) -> list[Generated]:
    """Return the greedy reply to every row of `inputs`.

    Args:
        model: The checkpoint's model.
        tokenizer: Its tokenizer.
        inputs: Its inputs, padded on the left.
        max_new_tokens: Where a reply is cut off.
    """
    import torch

    ends = _ends(model, tokenizer)
    # A checkpoint's own way of decoding (sampling, repetition penalty) would fill the gaps.
    model.generation_config = _greedy(ends, tokenizer, max_new_tokens)
    with torch.inference_mode():
        whole = model.generate(**inputs, custom_generate=decode_greedily)
    replies = whole[:, inputs["input_ids"].shape[1] :].tolist()
    replies = [_until_end(reply, ends) for reply in replies]
    texts = tokenizer.batch_decode(replies, skip_special_tokens=True)
    return [Generated(t.strip(), len(r)) for t, r in zip(texts, replies, strict=True)]


def _greedy(ends: list[int], tokenizer: Any, max_new_tokens: int) -> Any:
    from transformers import GenerationConfig

    padding = tokenizer.pad_token_id
    return GenerationConfig(
        do_sample=False,
        max_new_tokens=max_new_tokens,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=ends or None,
        pad_token_id=padding if padding is not None else next(iter(ends), 0),
    )


def _ends(model: Any, tokenizer: Any) -> list[int]:
    """Tokens that end a reply: those the checkpoint names, or else the tokenizer's."""
    ends = model.generation_config.eos_token_id
    ends = tokenizer.eos_token_id if ends is None else ends
    return [] if ends is None else [ends] if isinstance(ends, int) else list(ends)


def _until_end(reply: list[int], ends: list[int]) -> list[int]:
    for place, token in enumerate(reply):
        if token in ends:
            return reply[: place + 1]
    return reply
