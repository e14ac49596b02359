"""What a vision tower makes of images, in place of their pixels.

Two kinds of models take it: those that put it among the prompt's tokens, and Mllama, which attends
to it across. Others get the pixels.
"""

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

PIXELS = ("pixel_values", "pixel_attention_mask")
_SEEN_ACROSS = ("pixel_values", "aspect_ratio_ids", "aspect_ratio_mask")


def takes_features(model: Any) -> bool:
    """Return whether a model takes the features of images in place of their pixels.

    Args:
        model: A checkpoint's model.
    """
    accepted = parameters_of(model.forward)
    return "mm_encoder_outputs" in accepted or "cross_attention_states" in accepted


def compute_features(model: Any, inputs: Mapping[str, Any]) -> Any | None:
    """Run the vision tower and the projector on the images of a batch.

    Args:
        model: A model that takes features.
        inputs: What its processor made, on its device.

    Returns:
        Tensors that `put_features` takes, without a gradient; None where the family hands on more
        than one layer's features, so that its pixels have to stay.
    """
    import torch

    base = model.base_model
    with torch.inference_mode(False), torch.no_grad():
        if "mm_encoder_outputs" not in parameters_of(model.forward):
            seen = {key: inputs[key] for key in _SEEN_ACROSS}
            states = base.multi_modal_projector(base.vision_model(**seen).last_hidden_state)
            return states.reshape(-1, states.shape[-2], states.shape[-1])
        wanted = parameters_of(base.get_image_features)
        chosen = {key: value for key, value in inputs.items() if key in wanted}
        found = base.get_image_features(**chosen, return_dict=True)
    if getattr(found, "deepstack_features", None) is not None:
        return None
    pooled = found.pooler_output
    return pooled if isinstance(pooled, torch.Tensor) else list(pooled)


def put_features(model: Any, inputs: Mapping[str, Any], features: Any) -> dict[str, Any]:
    """Return a model's inputs with features in place of pixels.

    Args:
        model: A model that takes features.
        inputs: Its inputs, with or without pixels.
        features: As `compute_features` or `join_features` returns them, of the same images in the
            same order.
    """
    from transformers.modeling_outputs import BaseModelOutputWithPooling

    if "mm_encoder_outputs" not in parameters_of(model.forward):
        rest = {key: value for key, value in inputs.items() if key not in _SEEN_ACROSS}
        return {**rest, "cross_attention_states": features}
    rest = {key: value for key, value in inputs.items() if key not in PIXELS}
    images = BaseModelOutputWithPooling(pooler_output=features)
    return {**rest, "mm_encoder_outputs": {"image": images}}


def join_features(parts: Sequence[Any]) -> Any:
    """Return the features of several batches as those of one."""
    import torch

    if isinstance(parts[0], torch.Tensor):
        return torch.cat(list(parts))
    return [image for part in parts for image in part]


def parameters_of(function: Any) -> set[str]:
    """Return the names of a function's parameters."""
    return set(inspect.signature(function).parameters)
