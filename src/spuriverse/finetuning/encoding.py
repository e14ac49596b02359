"""Turn samples into what training computes with: each once per job, then batches from these."""

import logging
from collections.abc import Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

import pandas as pd
from PIL import Image

from spuriverse.finetuning.features import FrozenFeatures
from spuriverse.models import LocalModel, questions_of
from spuriverse.problems import Problem
from spuriverse.questions import LETTERS, Question, open_image, render_prompt

IGNORED = -100
"""Label of a token that does not count in the loss."""

_MEMORY_BYTES = {"cpu": 2 * 2**30, "cuda": 8 * 2**30}
"""Most that is remembered, by where the model is: a thousand images of Qwen2.5-VL take 4 GB."""

_MOST_UNUSABLE = 0.1

log = logging.getLogger(__name__)


class Encoder:
    """Encodes samples for one base model, and remembers what it encoded.

    Several runs in one job share it. What does not fit into the memory is encoded anew.

    Args:
        base: The base model; its processor and chat template are used as in evaluation.
        answering: How the model will be asked: the right reply is the text of the option, or its
            letter if it is shown the options and replies or is scored by letters.
        memory_bytes: Most that is remembered; by default what suits the model's device.
        folder: An existing folder for features of images that do not fit into the memory.

    Attributes:
        features: What a vision tower that is not trained makes of the images.
        holds_all: Whether all that was encoded so far is remembered.
    """

    def __init__(
        self,
        base: LocalModel,
        answering: str = "option_likelihood",
        memory_bytes: int | None = None,
        folder: Path | None = None,
    ) -> None:
        self.base = base
        self.features = FrozenFeatures(base, folder=folder)
        self.holds_all = True
        self._replies_with_letter = base.show_options and answering != "option_likelihood"
        device = base.model.device.type
        self._room = _MEMORY_BYTES.get(device, 0) if memory_bytes is None else memory_bytes
        self._memory: dict[tuple[str, str, str], dict[str, Any]] = {}
        self._lengths: dict[tuple[str, str, str], int] = {}

    def chats(self, samples: pd.DataFrame) -> list[list[dict[str, Any]]]:
        """Return every sample as a chat: the image and the question, then the right reply."""
        show = self.base.show_options
        return [
            self.base.messages(render_prompt(q, show_options=show), self._reply(q))
            for q in questions_of(samples)
        ]

    def usable(self, samples: pd.DataFrame, part: str) -> pd.DataFrame:
        """Return the samples that can be encoded; the log names those left out.

        Args:
            samples: Columns sample_id, image, question, options, answer.
            part: What they are, for messages.

        Raises:
            Problem: More than a tenth cannot be encoded.
        """
        columns = (samples["sample_id"], samples["image"], self.chats(samples))
        faults = [self._fault(*sample) for sample in zip(*columns, strict=True)]
        left_out = [
            (i, fault) for i, fault in zip(samples["sample_id"], faults, strict=True) if fault
        ]
        if not left_out:
            return samples
        first = f"{left_out[0][0]} first: {left_out[0][1]}"
        if len(left_out) > _MOST_UNUSABLE * len(samples):
            raise Problem(
                f"{len(left_out)} of {len(samples)} {part} samples cannot be trained on,"
                f" {first.rstrip('.')}. Mend these images, or leave them out of the benchmark."
            )
        log.warning(
            "%d of %d %s samples cannot be trained on and are left out, %s",
            len(left_out),
            len(samples),
            part,
            first,
        )
        return samples[[not fault for fault in faults]]

    def _fault(self, sample_id: str, image: str, chat: Sequence[dict[str, Any]]) -> str:
        """Why a sample cannot be encoded; empty if it can."""
        try:
            self.encode(sample_id, image, chat)
        except Problem as problem:
            return str(problem)
        except Exception as error:
            # Processors refuse images with exceptions of every class.
            reason = " ".join(str(error).split())[:300]
            return f"its processor refuses {image} ({type(error).__name__}: {reason})"
        return ""

    def encode(
        self, sample_id: str, image: str | Image.Image, chat: Sequence[dict[str, Any]]
    ) -> dict[str, Any]:
        """Return the inputs of one sample, a batch of one, with labels.

        Args:
            sample_id: For messages.
            image: Path of the image; or the image itself, which is not remembered.
            chat: As `chats` returns it.

        Raises:
            Problem: The image is missing or broken, or the sample is longer than the model reads.
        """
        if isinstance(image, Image.Image):
            return self._encode(sample_id, image, *_texts_of(chat))
        key = _key(image, chat)
        if key not in self._memory:
            encoded = self._encode(sample_id, open_image(image), *_texts_of(chat))
            self._lengths[key] = encoded["input_ids"].shape[1]
            size = sum(value.nbytes for value in encoded.values())
            if size > self._room:
                self.holds_all = False
                return encoded
            self._room -= size
            self._memory[key] = encoded
        return self._memory[key]

    def collate(self, samples: pd.DataFrame) -> dict[str, Any]:
        """Return a table of samples as the inputs of a forward pass with labels, on the device.

        Args:
            samples: Columns sample_id, image (its path, or the image itself), question, options,
                answer.
        """
        columns = (samples["sample_id"], samples["image"], self.chats(samples))
        encoded = [self.encode(*sample) for sample in zip(*columns, strict=True)]
        device = self.base.model.device
        return {key: value.to(device) for key, value in self.merge(encoded).items()}

    def lengths(self, samples: pd.DataFrame) -> list[int]:
        """Return how many tokens every sample has, image and reply included.

        Args:
            samples: Columns sample_id, image, question, options, answer.
        """
        columns = (samples["sample_id"], samples["image"], self.chats(samples))
        return [self._length(*sample) for sample in zip(*columns, strict=True)]

    def _length(self, sample_id: str, image: str, chat: Sequence[dict[str, Any]]) -> int:
        key = _key(image, chat)
        if key not in self._lengths:
            self.encode(sample_id, image, chat)
        return self._lengths[key]

    def merge(self, encoded: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Put encoded samples together into one batch, padded on the right."""
        import torch

        tokenizer = self.base.processor.tokenizer
        padding = tokenizer.pad_token_id
        fill = {"labels": IGNORED, "input_ids": padding if padding is not None else 0}
        batch = {}
        for key in encoded[0]:
            values = [sample[key] for sample in encoded]
            sides = [max(value.shape[d] for value in values) for d in range(1, values[0].ndim)]
            padded = [_pad(value, sides, fill.get(key, 0)) for value in values]
            batch[key] = torch.cat(padded)
        return batch

    def _reply(self, question: Question) -> str:
        return LETTERS[question.answer] if self._replies_with_letter else question.correct

    def _encode(
        self, sample_id: str, picture: Image.Image, question: str, reply: str
    ) -> dict[str, Any]:
        prompt, whole = self._texts(question, reply)
        inputs = self._process(picture, whole)
        ids = inputs["input_ids"]
        begin = ids.shape[1] - self._reply_length(prompt, whole)
        self._check_length(sample_id, ids.shape[1])
        labels = ids.clone()
        labels[:, :begin] = IGNORED
        dtype = self.base.model.dtype
        kept = {k: v.to(dtype) if v.is_floating_point() else v for k, v in inputs.items()}
        return {**kept, "labels": labels}

    def _texts(self, question: str, reply: str) -> tuple[str, str]:
        """The prompt as evaluation has it, and the prompt with the reply and its end."""
        processor, end = self.base.processor, self.base.processor.tokenizer.eos_token or ""
        if processor.chat_template is None:
            prompt = f"{processor.image_token}{question}"
            return prompt, f"{prompt}\n{reply}{end}"
        chat = self.base.messages(question, reply)
        prompt = processor.apply_chat_template(chat[:1], add_generation_prompt=True, tokenize=False)
        whole = processor.apply_chat_template(chat, tokenize=False)
        if end and end not in whole[len(prompt) :]:
            whole = f"{whole.rstrip()}{end}"
        return prompt, whole

    def _process(self, picture: Any, text: str) -> dict[str, Any]:
        inputs = self.base.processor(
            images=[[picture]],
            text=[text],
            return_tensors="pt",
            add_special_tokens=self._adds_special_tokens(text),
        )
        return {key: value for key, value in inputs.items() if key != "labels"}

    def _reply_length(self, prompt: str, whole: str) -> int:
        """Tokens after those that both begin with; the image's lie before, so none is needed."""
        tokenizer = self.base.processor.tokenizer
        first, second = (
            tokenizer(text, add_special_tokens=self._adds_special_tokens(text))["input_ids"]
            for text in (whole, prompt)
        )
        return len(first) - _common(first, second)

    def _adds_special_tokens(self, text: str) -> bool:
        """Most chat templates write the first token themselves; twice it would mislead."""
        begin = self.base.processor.tokenizer.bos_token
        return not (begin and text.startswith(begin))

    def _check_length(self, sample_id: str, length: int) -> None:
        text = self.base.model.config.get_text_config()
        limit = getattr(text, "max_position_embeddings", None)
        if limit is not None and length > limit:
            raise Problem(
                f"The sample {sample_id} is {length} tokens long and {self.base.name} reads at most"
                f" {limit}; leave it out of the benchmark or make its image smaller. Nothing is"
                " cut, since that would cut the image."
            )


def _key(image: str, chat: Sequence[dict[str, Any]]) -> tuple[str, str, str]:
    """Image, question and reply."""
    return image, *_texts_of(chat)


def _texts_of(chat: Sequence[dict[str, Any]]) -> tuple[str, str]:
    """Question and reply."""
    return chat[0]["content"][-1]["text"], chat[1]["content"][-1]["text"]


def _common(first: Sequence[int], second: Sequence[int]) -> int:
    """Number of tokens with which both begin."""
    pairs = zip(first, second, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _pad(value: Any, sides: Sequence[int], fill: int) -> Any:
    """Pad on the right in every dimension but the first."""
    import torch

    missing = [side - now for side, now in zip(sides, value.shape[1:], strict=True)]
    if not any(missing):
        return value
    padding = [n for less in reversed(missing) for n in (0, less)]
    return torch.nn.functional.pad(value, padding, value=fill)
