"""A question is valid from the start and stays right when shuffled."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.problems import Problem
from spuriverse.questions import Question

option_texts = st.text(min_size=1).map(str.strip).filter(bool)


@st.composite
def questions(draw: st.DrawFn) -> Question:
    options = draw(st.lists(option_texts, min_size=2, max_size=8, unique=True))
    return Question("What is it?", tuple(options), draw(st.integers(0, len(options) - 1)))


@settings(deadline=None, derandomize=True)
@given(questions(), st.integers(0, 2**32))
def test_shuffling_never_changes_the_right_text(question: Question, seed: int) -> None:
    shuffled = question.shuffled(np.random.default_rng(seed))
    assert shuffled.correct == question.correct
    assert shuffled.text == question.text
    assert sorted(shuffled.options) == sorted(question.options)


def test_shuffling_depends_on_the_generator_alone() -> None:
    question = Question("What is it?", tuple("pqrstuvw"), 3)
    orders = [question.shuffled(np.random.default_rng(seed)).options for seed in (1, 1, 2)]
    assert orders[0] == orders[1] != orders[2]
    assert isinstance(question.shuffled(np.random.default_rng(0)).answer, int)


@pytest.mark.parametrize(
    ("options", "answer", "fault"),
    [
        ((), 0, "has 0 options"),
        (("red",), 0, "has 1 options"),
        (("red", " "), 0, "empty option at index 1"),
        (("red", "blue", "red "), 0, "'red' more than once"),
        (("red", "blue"), 2, "answer 2, which is not an index from 0 to 1"),
        (("red", "blue"), -1, "answer -1"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(
    options: tuple[str, ...], answer: int, fault: str
) -> None:
    with pytest.raises(Problem, match=fault):
        Question("What colour is it?", options, answer)
