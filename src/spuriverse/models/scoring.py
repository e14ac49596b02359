"""Score what a model might say next."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

Tokens = Sequence[int]


def score_letters(
    model: Any, inputs: dict[str, Any], letters: Sequence[Sequence[Tokens]]
) -> list[list[float]]:
    """Return for every row the log-probability of each letter as the next token.

    Args:
        model: The checkpoint's model.
        inputs: Its inputs, n rows.
        letters: For every row and letter the tokens that may stand for it, as many for each letter
            of a row; their probabilities add up.
    """
    import torch

    with torch.inference_mode():
        following = _score_next(model, inputs)
        # All that is asked for comes from the device at once, and is added up here.
        flat = [[token for letter in row for token in letter] for row in letters]
        found = _look_up(following, flat)
    return [
        torch.tensor(scores).view(len(row), -1).logsumexp(-1).tolist()
        for row, scores in zip(letters, found, strict=True)
    ]


def score_options(
    model: Any, inputs: dict[str, Any], options: Sequence[Sequence[Tokens]]
) -> list[list[float]]:
    """Return for every row the log-likelihood of each option, summed over its tokens.

    Args:
        model: The checkpoint's model.
        inputs: Its inputs, n rows.
        options: For every row and option its tokens, one or more.
    """
    import torch

    with torch.inference_mode():
        if all(len(option) == 1 for row in options for option in row):
            following = _score_next(model, inputs)
            return _look_up(following, [[option[0] for option in row] for row in options])
        return _score_sequences(model, inputs, options)


def _score_next(model: Any, inputs: dict[str, Any]) -> "torch.Tensor":
    """The last position of one forward pass holds the scores of every next token."""
    # Nothing goes on from here, so that keys and values need not be kept.
    output = model(**inputs, logits_to_keep=1, use_cache=False)
    return output.logits[:, -1].float().log_softmax(-1)


def _look_up(scores: "torch.Tensor", tokens: Sequence[Tokens]) -> list[list[float]]:
    """The scores of some tokens of every row; one operation for all rows."""
    import torch

    most = max(map(len, tokens))
    filled = [[*row, *[0] * (most - len(row))] for row in tokens]
    found = scores.gather(-1, torch.tensor(filled, device=scores.device)).tolist()
    return [row[: len(asked)] for row, asked in zip(found, tokens, strict=True)]


def _score_sequences(
    model: Any, inputs: dict[str, Any], options: Sequence[Sequence[Tokens]]
) -> list[list[float]]:
    """Options of several tokens: the prompt is computed once, all options go on from its cache.

    The steps are those of `generate`, which knows what each architecture needs on the way.
    """
    import torch

    places = max(map(len, options))
    tokens, real = _pad(options, places, inputs["input_ids"].device)
    state = {key: value for key, value in inputs.items() if key != "input_ids"}
    prompt = inputs["input_ids"]
    state["position_ids"] = model._prepare_position_ids_for_generation(prompt, dict(state))
    first = model.prepare_inputs_for_generation(
        prompt, is_first_iteration=True, use_cache=True, logits_to_keep=1, **state
    )
    output = model(**first)
    following = output.logits[:, -1].float().log_softmax(-1).repeat_interleave(places, 0)
    likelihood = following.gather(-1, tokens[:, :1])
    width = tokens.shape[1] - 1
    if width:
        output.past_key_values.batch_repeat_interleave(places)
        state = _repeat(state, prompt, places)
        state = model._update_model_kwargs_for_generation(
            output, state, is_encoder_decoder=False, num_new_tokens=width
        )
        rest = model.prepare_inputs_for_generation(
            torch.cat([prompt.repeat_interleave(places, 0), tokens[:, :-1]], 1),
            next_sequence_length=width,
            is_first_iteration=False,
            use_cache=True,
            **state,
        )
        logits = model(**rest).logits.float().log_softmax(-1)
        likelihood = torch.cat([likelihood, logits.gather(-1, tokens[:, 1:, None])[..., 0]], 1)
    summed = (likelihood * real).sum(-1).view(len(options), places).tolist()
    return [row[: len(tokens)] for row, tokens in zip(summed, options, strict=True)]


def _pad(
    options: Sequence[Sequence[Tokens]], places: int, device: Any
) -> tuple["torch.Tensor", "torch.Tensor"]:
    """Every option of every row as a row of its own, and which of its tokens are real.

    A row with fewer options than others repeats its last one.
    """
    import torch

    flat = [row[min(place, len(row) - 1)] for row in options for place in range(places)]
    padded = torch.nn.utils.rnn.pad_sequence(
        [torch.tensor(option, device=device) for option in flat],
        batch_first=True,
        padding_value=-1,
    )
    return padded.clamp(min=0), padded >= 0


def _repeat(state: dict[str, Any], prompt: "torch.Tensor", places: int) -> dict[str, Any]:
    """Repeat what runs along the prompt's tokens; the images are in the cache by now."""
    repeated = {
        key: value.repeat_interleave(places, 0)
        for key, value in state.items()
        if getattr(value, "shape", ())[:2] == prompt.shape
    }
    positions = state["position_ids"]
    if positions.shape[-2] == len(prompt):
        positions = positions.repeat_interleave(places, -2)
    return {**repeated, "position_ids": positions}
