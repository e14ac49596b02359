"""Checkpoints on this machine: one code path for every family that transformers knows.

Chat template, image placement and preprocessing come from the checkpoint's processor.
"""

from collections.abc import Iterable, Mapping, Sequence
from threading import Lock
from typing import Any

from PIL import Image

from spuriverse.models.encoding import (
    ImageMemory,
    Prepared,
    count_image_tokens,
    encode,
    encode_conditions,
    prepare,
)
from spuriverse.models.generation import Generated, generate_replies
from spuriverse.models.scoring import score_letters, score_options
from spuriverse.models.vocabulary import Vocabulary
from spuriverse.problems import Problem
from spuriverse.questions import STRATEGIES, Question, Strategy, render_prompt


class LocalModel:
    """A loaded checkpoint, which answers in one of three ways.

    Attributes:
        name: What the tables call the model.
        show_options: Whether the prompt lists the options. The tiny models are asked without:
            listing the options shrinks their shortcuts.
        strategies: The prompting strategies it can be asked with.
    """

    def __init__(
        self,
        name: str,
        model: Any,
        processor: Any,
        show_options: bool = False,
        strategies: Mapping[str, Strategy] = STRATEGIES,
    ) -> None:
        self.name = name
        self.model = model
        self.processor = processor
        self.show_options = show_options
        self.strategies = strategies
        # A tokenizer remembers how it padded last, and `prepare` may run in another thread.
        self._tokenizing = Lock()
        self._vocabulary = Vocabulary(name, processor.tokenizer, self._tokenizing)

    def prompt(self, question: Question, strategy: str = "direct") -> str:
        """Return the prompt as the processor takes it, chat template applied.

        A checkpoint without a chat template is asked in the plain form: the image, then the text.
        """
        return self.wrap(render_prompt(question, strategy, self.show_options, self.strategies))

    def prompts(self, questions: Iterable[Question], strategy: str = "direct") -> list[str]:
        """Return the prompts of many questions; the chat template is applied once to each text."""
        texts = [
            render_prompt(question, strategy, self.show_options, self.strategies)
            for question in questions
        ]
        wrapped = {text: self.wrap(text) for text in dict.fromkeys(texts)}
        return [wrapped[text] for text in texts]

    def wrap(self, text: str) -> str:
        """Return a text with the image before it as the processor takes it, like `prompt`."""
        if self.processor.chat_template is None:
            return f"{self.processor.image_token}{text}"
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

    def prepare(self, images: Sequence[Image.Image], prompts: Sequence[str]) -> Prepared:
        """Return what the processor makes of a batch, to be asked about in place of its images.

        Args:
            images: One image per prompt, n of them.
            prompts: n prompts, as `prompt` makes them.
        """
        with self._tokenizing:
            return prepare(self.processor, images, prompts)

    def image_tokens(self, images: Sequence[str]) -> list[int]:
        """Return how many tokens images become where that differs, as `count_image_tokens`."""
        return count_image_tokens(self.processor, images)

    def option_likelihood(
        self,
        images: Sequence[Image.Image] | Prepared,
        questions: Sequence[Question],
        prompts: Sequence[str],
        *,
        per_token: bool = False,
        memory: ImageMemory | None = None,
    ) -> list[list[float]]:
        """Score every option of every question.

        Args:
            images: One image per question, n of them, or what `prepare` made of them.
            questions: n questions.
            prompts: n prompts, as `prompt` makes them.
            per_token: Whether the sum is divided by the number of the option's tokens.
            memory: Holds the encoded images from one call for the same images to the next.

        Returns:
            For every question the log-likelihood of each option's text after the prompt, summed
            over its tokens, in natural-log units.

        Raises:
            Problem: The vocabulary does not cover an option.
        """
        inputs = encode(self.model, self.processor, images, prompts, memory)
        ids = self._vocabulary.options(int(inputs["input_ids"][0, -1]), questions)
        scores = score_options(self.model, inputs, ids)
        if not per_token:
            return scores
        return [
            [score / len(option) for score, option in zip(row, options, strict=True)]
            for row, options in zip(scores, ids, strict=True)
        ]

    def label_likelihood(
        self,
        images: Sequence[Image.Image],
        conditions: Sequence[Sequence[str]],
        labels: Sequence[Sequence[str]],
        *,
        memory: ImageMemory | None = None,
    ) -> tuple[list[list[list[float]]], list[list[int]]]:
        """Score what an image shows under several prompts, in one batch; images are encoded once.

        Args:
            images: n images.
            conditions: For every condition n prompts, as `prompt` or `wrap` makes them.
            labels: For every image the texts to score, the same under every condition.
            memory: Holds the encoded images from one call for the same images to the next.

        Returns:
            Condition -> image -> label -> log-likelihood of the label's text after the prompt,
            summed over its tokens, in natural-log units; and image -> label -> number of tokens.

        Raises:
            Problem: A label has no tokens, or one that the vocabulary does not know.
        """
        inputs = encode_conditions(self.model, self.processor, images, conditions, memory)
        ids = [self.tokens(inputs, row) for row in labels]
        scores = score_options(self.model, inputs, ids * len(conditions))
        n = len(images)
        parts = [scores[start : start + n] for start in range(0, len(scores), n)]
        return parts, [[len(tokens) for tokens in row] for row in ids]

    def encode(self, images: Sequence[Image.Image], prompts: Sequence[str]) -> dict[str, Any]:
        """Return the inputs of a forward pass: n images, one prompt each as `wrap` makes them."""
        return encode(self.model, self.processor, images, prompts)

    def tokens(self, inputs: Mapping[str, Any], texts: Sequence[str]) -> list[tuple[int, ...]]:
        """Return the tokens of replies to prompts that `encode` has encoded.

        Raises:
            Problem: A text has no tokens, or one that the vocabulary does not know.
        """
        last = int(inputs["input_ids"][0, -1])
        return [self._vocabulary.tokens(last, text) for text in texts]

    def letter_logits(
        self,
        images: Sequence[Image.Image] | Prepared,
        questions: Sequence[Question],
        prompts: Sequence[str],
        *,
        memory: ImageMemory | None = None,
    ) -> list[list[float]]:
        """Score the letter of every option as the next token, in one forward pass.

        Args:
            images: One image per question, n of them, or what `prepare` made of them.
            questions: n questions.
            prompts: n prompts, as `prompt` makes them.
            memory: Holds the encoded images from one call for the same images to the next.

        Returns:
            For every question the log-probability of each option's letter, all spellings of the
            letter that are one token for each letter of the question counted together.

        Raises:
            Problem: The prompts show no letters, or the vocabulary has none.
        """
        if not self.show_options:
            raise Problem(
                f"Model {self.name} is not shown the options, so letters mean nothing to it;"
                " choose the answering option_likelihood or generate."
            )
        inputs = encode(self.model, self.processor, images, prompts, memory)
        last = int(inputs["input_ids"][0, -1])
        ids = [self._vocabulary.letters(last, len(question.options)) for question in questions]
        return score_letters(self.model, inputs, ids)

    def generate(
        self,
        images: Sequence[Image.Image] | Prepared,
        prompts: Sequence[str],
        *,
        max_new_tokens: int = 512,
        memory: ImageMemory | None = None,
    ) -> list[Generated]:
        """Let the model reply to every prompt, choosing the likeliest token at each step.

        Args:
            images: One image per prompt, n of them, or what `prepare` made of them.
            prompts: n prompts, as `prompt` makes them.
            max_new_tokens: Where a reply is cut off.
            memory: Holds the encoded images from one call for the same images to the next.

        Returns:
            For every prompt the reply, without the prompt, and its number of tokens.
        """
        inputs = encode(self.model, self.processor, images, prompts, memory)
        return generate_replies(self.model, self.processor.tokenizer, inputs, max_new_tokens)
