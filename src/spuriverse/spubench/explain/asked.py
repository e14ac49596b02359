"""The log-likelihood of an answer as something that can be differentiated."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PIL import Image

from spuriverse.models import LocalModel

if TYPE_CHECKING:
    import torch


class Asked:
    """Images with a prompt and an answer each, ready for forward passes with gradients.

    Attributes:
        inputs: What the processor made of images and prompts, n rows.
        answers: Tokens of the answers.
    """

    def __init__(
        self,
        model: LocalModel,
        images: Sequence[Image.Image],
        prompts: Sequence[str],
        answers: Sequence[str],
    ) -> None:
        """Prepare n images, of one size, with n prompts and n answers.

        Raises:
            Problem: An answer has no tokens, or one that the vocabulary does not know.
        """
        self._model = model.model
        self.inputs = model.encode(images, prompts)
        self.answers = model.tokens(self.inputs, answers)

    def log_likelihood(self) -> "torch.Tensor":
        """Return the log-likelihood of every answer, summed over its tokens, shape (n,)."""
        import torch

        prompt = self.inputs["input_ids"]
        tokens = torch.nn.utils.rnn.pad_sequence(
            [torch.tensor(answer, device=prompt.device) for answer in self.answers],
            batch_first=True,
            padding_value=-1,
        )
        real = tokens >= 0
        tokens = tokens.clamp(min=0)
        # What follows an answer cannot change it, so shorter answers need no mask.
        inputs = {**self.inputs, "input_ids": torch.cat([prompt, tokens[:, :-1]], 1)}
        for key, value in (("attention_mask", 1), ("mm_token_type_ids", 0)):
            if key in inputs:
                more = torch.full_like(tokens[:, :-1], value).to(inputs[key])
                inputs[key] = torch.cat([inputs[key], more], 1)
        logits = self._model(**inputs, logits_to_keep=tokens.shape[1], use_cache=False).logits
        scores = logits.float().log_softmax(-1).gather(-1, tokens[..., None])[..., 0]
        return (scores * real).sum(-1)
