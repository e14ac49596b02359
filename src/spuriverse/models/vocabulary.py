"""The tokens with which a model would write an option, or the letter of one."""

import string
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from typing import Any

from spuriverse.problems import Problem
from spuriverse.questions import Question

LETTER_FORMS = ("{}", " {}", "({}", " ({}")
"""How a reply may begin that answers with a letter."""


class Vocabulary:
    """Looks up the tokens of a reply, which depend on the token that comes before it.

    Attributes:
        name: Model whose tokenizer it is, for messages.
    """

    def __init__(
        self, name: str, tokenizer: Any, lock: AbstractContextManager[Any] | None = None
    ) -> None:
        """Prepare to look up tokens.

        Args:
            name: Model whose tokenizer it is.
            tokenizer: The tokenizer.
            lock: Held while the tokenizer is used, if other threads use it too.
        """
        self.name = name
        self._tokenizer = tokenizer
        self._lock = lock or nullcontext()
        self._unknown = tokenizer.unk_token_id
        # The same options come again and again, and tokenizing them costs more than scoring them.
        self._continue = lru_cache(maxsize=100_000)(self._tokenize)
        self._letters = lru_cache(maxsize=1_000)(self._find_letters)
        self._space_after = lru_cache(maxsize=1_000)(self._find_space_after)

    def options(self, last: int, questions: Sequence[Question]) -> list[list[tuple[int, ...]]]:
        """Return question -> option -> tokens.

        Args:
            last: Last token of the prompts.
            questions: The questions.

        Raises:
            Problem: An option has no tokens or one that stands for anything unknown.
        """
        return [
            [self.tokens(last, option) for option in question.options] for question in questions
        ]

    def tokens(self, last: int, text: str) -> tuple[int, ...]:
        """Return the tokens of a reply.

        Args:
            last: Last token of the prompt.
            text: What is replied: an option, a label.

        Raises:
            Problem: The text has no tokens or one that stands for anything unknown.
        """
        ids = self._continue(last, f"{self._space_after(last)}{text}")
        if not text.strip() or not ids or self._unknown in ids:
            raise Problem(
                f"Model {self.name} has no tokens for the option '{text}'; train or choose a"
                " model whose vocabulary covers the benchmark."
            )
        return ids

    def letters(self, last: int, count: int) -> list[list[int]]:
        """Return for each of the letters from A its tokens, one for every spelling.

        A spelling counts only if it is one token for every letter asked for, so that no letter
        has more ways to be written than another.

        Args:
            last: Last token of the prompts.
            count: Number of letters.

        Raises:
            Problem: No spelling is one token for every letter.
        """
        return self._letters(last, count)

    def _find_letters(self, last: int, count: int) -> list[list[int]]:
        spellings: list[tuple[int, ...]] = []
        for form in LETTER_FORMS:
            texts = [form.format(letter) for letter in string.ascii_uppercase[:count]]
            ids = [self._continue(last, text) for text in texts]
            single = {option[0] for option in ids if len(option) == 1} - {self._unknown}
            tokens = tuple(option[0] for option in ids if option)
            if len(single) == count and tokens not in spellings:
                spellings.append(tokens)
        if not spellings:
            raise Problem(
                f"Model {self.name} has no single tokens for the letters from A to"
                f" {string.ascii_uppercase[count - 1]}; choose the answering option_likelihood or"
                " generate."
            )
        return [list(tokens) for tokens in zip(*spellings, strict=True)]

    def _find_space_after(self, last: int) -> str:
        """A reply begins with a space, unless the prompt ends with one or with a new line."""
        return "" if self._tokenizer.decode([last])[-1:].isspace() else " "

    def _tokenize(self, last: int, text: str) -> tuple[int, ...]:
        """Tokens of `text` where it follows the token `last`.

        Where the two would merge, which they cannot in a reply, a special token keeps them apart.
        """
        for before in (self._tokenizer.decode([last]), self._tokenizer.eos_token or ""):
            prompt = self._ids(before)
            whole = self._ids(before + text)
            if whole[: len(prompt)] == prompt:
                break
        return tuple(whole[len(prompt) :])

    def _ids(self, text: str) -> list[int]:
        with self._lock:
            return self._tokenizer(text, add_special_tokens=False).input_ids
