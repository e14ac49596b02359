"""Choose the likeliest token, step by step, without waiting for the device at every one."""

from functools import cache
from typing import Any

_LOOKED_EVERY = {"cpu": 1}
_SELDOM = 8
"""Steps between two looks at whether all replies have ended, by device. Elsewhere than on a CPU a
look makes the device wait; on average half of the steps between two of them are superfluous."""

_RESERVED = 64
"""Tokens for which a cache of keys and values gets room at once."""


def decode_greedily(
    model: Any,
    input_ids: Any,
    logits_processor: Any,
    stopping_criteria: Any,
    generation_config: Any,
    **state: Any,
) -> Any:
    """Continue prompts by their likeliest tokens, as a decoding method of `generate`.

    Args:
        model: The checkpoint's model.
        input_ids: The prompts, padded on the left, shape (rows, tokens).
        logits_processor: Not used, since nothing but the likeliest token is asked for.
        stopping_criteria: Not used; the longest length and the tokens that end a reply count.
        generation_config: As `generate` has prepared it.
        **state: Other inputs of the model, as `generate` has prepared them.

    Returns:
        Prompts and replies, shape (rows, more tokens); after its end a reply is padded.
    """
    import torch

    ends, padding = generation_config._eos_token_tensor, generation_config._pad_token_tensor
    every = _LOOKED_EVERY.get(input_ids.device.type, _SELDOM)
    going = torch.ones(len(input_ids), dtype=torch.bool, device=input_ids.device)
    reserve_room(state.get("past_key_values"))
    for step in range(generation_config.max_length - input_ids.shape[1]):
        inputs = model.prepare_inputs_for_generation(
            input_ids,
            next_sequence_length=1 if step else None,
            is_first_iteration=not step,
            **state,
        )
        output = model(**inputs, return_dict=True)
        state.pop("cross_attention_states", None)  # from now on they are in the cache
        state = model._update_model_kwargs_for_generation(output, state, is_encoder_decoder=False)
        chosen = output.logits[:, -1].float().argmax(-1).to(input_ids.device)
        del output
        if ends is not None:
            chosen = torch.where(going, chosen, padding.to(chosen.device))
            going &= ~torch.isin(chosen, ends.to(chosen.device))
        input_ids = torch.cat([input_ids, chosen[:, None]], 1)
        if ends is not None and (step + 1) % every == 0 and not going.any():
            break
    return input_ids


def reserve_room(store: Any) -> None:
    """Let a cache take room for many tokens at once; it would copy all of itself at every token.

    Args:
        store: A cache of keys and values; layers of a kind of their own stay as they are.
    """
    from transformers.cache_utils import DynamicLayer

    layers = getattr(store, "layers", [])
    for place, layer in enumerate(layers):
        if type(layer) is DynamicLayer and not layer.is_initialized:
            layers[place] = _roomy_layer()()


@cache
def _roomy_layer() -> type[Any]:
    import torch
    from transformers.cache_utils import DynamicLayer

    class RoomyLayer(DynamicLayer):
        """Keys and values in a store that is longer than they are."""

        def update(
            self, key_states: Any, value_states: Any, *args: Any, **kwargs: Any
        ) -> tuple[Any, Any]:
            if not self.is_initialized:
                self.lazy_initialization(key_states, value_states)
            self.keys = self._append("_keys", self.keys, key_states)
            self.values = self._append("_values", self.values, value_states)
            return self.keys, self.values

        def _append(self, name: str, now: Any, more: Any) -> Any:
            used = now.shape[-2] if now.numel() else 0
            total = used + more.shape[-2]
            store: Any = getattr(self, name, None)
            ours = store is not None and used and store.data_ptr() == now.data_ptr()
            if not ours or total > store.shape[-2]:
                shape = (*more.shape[:-2], total + _RESERVED, more.shape[-1])
                store = torch.empty(shape, dtype=more.dtype, device=more.device)
                if used:
                    store[..., :used, :] = now
                setattr(self, name, store)
            store[..., used:total, :] = more
            return store[..., :total, :]

    return RoomyLayer
