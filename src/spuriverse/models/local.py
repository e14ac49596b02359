"""Open checkpoints on this machine, through `AutoProcessor` and `AutoModelForImageTextToText`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from spuriverse.problems import Problem
from spuriverse.questions import Question, render_prompt

if TYPE_CHECKING:
    import torch


class LocalModel:
    """A loaded checkpoint that scores the options of questions by the likelihood of their text.

    Attributes:
        name: What the tables call the model.
        show_options: Whether the prompt lists the options. The tiny models are asked without:
            listing the options shrinks their shortcuts.
    """

    def __init__(self, name: str, model: Any, processor: Any, show_options: bool = False) -> None:
        self.name = name
        self.model = model
        self.processor = processor
        self.show_options = show_options
        self._option_ids: dict[str, list[int]] = {}

    def prompt(self, question: Question, strategy: str = "direct") -> str:
        """Return the prompt as the processor takes it, chat template applied."""
        text = render_prompt(question, strategy, show_options=self.show_options)
        return self.processor.apply_chat_template(
            self.messages(text), add_generation_prompt=True, tokenize=False
        )

    @staticmethod
    def messages(text: str, answer: str | None = None) -> list[dict[str, Any]]:
        """Return a chat: one image and a text from the user, and the answer if there is one."""
        user = [{"type": "image"}, {"type": "text", "text": text}]
        chat: list[dict[str, Any]] = [{"role": "user", "content": user}]
        if answer is not None:
            reply = {"role": "assistant", "content": [{"type": "text", "text": answer}]}
            chat.append(reply)
        return chat

    def option_likelihood(
        self, images: Sequence[Image.Image], questions: Sequence[Question], prompts: Sequence[str]
    ) -> list[list[float]]:
        """Score every option of every question.

        Args:
            images: One image a question, n of them.
            questions: n questions.
            prompts: n prompts, as `prompt` makes them.

        Returns:
            For every question the log-likelihood of each option's text after the prompt, summed
            over its tokens, in natural-log units.
        """
        import torch

        inputs = self.processor(
            images=list(images), text=list(prompts), padding=True, return_tensors="pt"
        )
        ids = [[self._ids(option) for option in question.options] for question in questions]
        with torch.inference_mode():
            if all(len(option) == 1 for options in ids for option in options):
                return self._score_single_tokens(inputs, ids)
            return self._score_sequences(inputs, ids)

    def _ids(self, option: str) -> list[int]:
        if option not in self._option_ids:
            tokenizer = self.processor.tokenizer
            ids = tokenizer(f" {option}", add_special_tokens=False).input_ids
            if not ids or tokenizer.unk_token_id in ids:
                raise Problem(
                    f"Model {self.name} has no tokens for the option '{option}'; train or choose a"
                    " model whose vocabulary covers the benchmark."
                )
            self._option_ids[option] = ids
        return self._option_ids[option]

    def _score_single_tokens(self, inputs: Any, ids: list[list[list[int]]]) -> list[list[float]]:
        """Every option is one token: the last position of one forward pass holds all scores."""
        logits = self.model(**inputs, logits_to_keep=1).logits[:, -1].float()
        scores = logits.log_softmax(-1)
        return [
            scores[row, [option[0] for option in options]].tolist()
            for row, options in enumerate(ids)
        ]

    def _score_sequences(self, inputs: Any, ids: list[list[list[int]]]) -> list[list[float]]:
        """Options of several tokens: one forward pass for each place in the list of options."""
        scores: list[list[float]] = [[] for _ in ids]
        for place in range(max(map(len, ids))):
            rows = [row for row, options in enumerate(ids) if place < len(options)]
            for row, score in zip(rows, self._score_place(inputs, ids, rows, place), strict=True):
                scores[row].append(float(score))
        return scores

    def _score_place(
        self, inputs: Any, ids: list[list[list[int]]], rows: list[int], place: int
    ) -> "torch.Tensor":
        import torch

        options = [torch.tensor(ids[row][place]) for row in rows]
        padded = torch.nn.utils.rnn.pad_sequence(options, batch_first=True, padding_value=-1)
        real = padded >= 0
        tokens = padded.clamp(min=0)
        width = tokens.shape[1]
        chosen = {key: value[rows] for key, value in inputs.items()}
        chosen["input_ids"] = torch.cat([chosen["input_ids"], tokens], 1)
        chosen["attention_mask"] = torch.cat(
            [chosen["attention_mask"], real.to(chosen["attention_mask"].dtype)], 1
        )
        logits = self.model(**chosen, logits_to_keep=width + 1).logits[:, :-1].float()
        likelihood = logits.log_softmax(-1).gather(-1, tokens[..., None])[..., 0]
        return (likelihood * real).sum(-1)


def load_model(
    folder: str | Path,
    *,
    name: str | None = None,
    adapter: str | Path | None = None,
    threads: int = 1,
) -> LocalModel:
    """Load a checkpoint folder in float32 on the CPU, with an adapter on it if one is given.

    Args:
        folder: A folder as `save_pretrained` writes it, model and processor.
        name: What the tables call the model; by default the folder's name.
        adapter: A folder with a LoRA adapter of this model.
        threads: Threads of the forward passes.

    Raises:
        Problem: A folder is missing or holds no checkpoint.
    """
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForImageTextToText, AutoProcessor

    torch.set_num_threads(threads)
    for path in (folder, adapter):
        if path is not None and not Path(path).is_dir():
            raise Problem(f"There is no model folder {path}; run the step that makes it first.")
    try:
        model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32)
        processor = AutoProcessor.from_pretrained(folder)
    except (OSError, ValueError, SafetensorError) as error:
        raise _no_checkpoint(folder, error) from error
    if adapter is not None:
        from peft import PeftModel

        try:
            model = PeftModel.from_pretrained(model, adapter).merge_and_unload()
        except (OSError, ValueError, SafetensorError) as error:
            raise _no_checkpoint(adapter, error) from error
    processor.tokenizer.padding_side = "left"
    return LocalModel(name or Path(folder).name, model.eval(), processor)


def _no_checkpoint(folder: str | Path, error: Exception) -> Problem:
    reason = str(error).splitlines()[0]
    return Problem(
        f"{folder} does not hold a whole checkpoint ({reason}); delete it and make it again."
    )
