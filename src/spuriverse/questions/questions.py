"""A multiple-choice question with one right option."""

from dataclasses import dataclass

import numpy as np

from spuriverse.problems import Problem


@dataclass(frozen=True)
class Question:
    """One multiple-choice question.

    Attributes:
        text: the question.
        options: the texts of the options, in the order in which they are shown.
        answer: the 0-based index of the right option.

    Raises:
        Problem: fewer than two options, an empty or a repeated one, or no option at `answer`.
    """

    text: str
    options: tuple[str, ...]
    answer: int

    def __post_init__(self) -> None:
        if fault := self._fault():
            raise Problem(f"The question {self.text!r} {fault}; correct it in its benchmark.")

    @property
    def correct(self) -> str:
        """The text of the right option."""
        return self.options[self.answer]

    def shuffled(self, rng: np.random.Generator) -> "Question":
        """Return the question with its options in random order; the right text stays right."""
        order = rng.permutation(len(self.options)).tolist()
        options = tuple(self.options[index] for index in order)
        return Question(self.text, options, order.index(self.answer))

    def _fault(self) -> str:
        texts = [option.strip() for option in self.options]
        if len(texts) < 2:
            return f"has {len(texts)} options but needs two or more"
        if not all(texts):
            return f"has an empty option at index {texts.index('')}"
        if repeated := [text for text in texts if texts.count(text) > 1]:
            return f"has the option {repeated[0]!r} more than once"
        if not 0 <= self.answer < len(texts):
            return f"has the answer {self.answer}, which is not an index from 0 to {len(texts) - 1}"
        return ""
