"""A multiple-choice question, and the prompts that ask it."""

from spuriverse.questions.conditions import CONDITIONS, render_condition
from spuriverse.questions.prompts import (
    LETTERS,
    STRATEGIES,
    Strategy,
    find_strategy,
    load_strategies,
    render_prompt,
)
from spuriverse.questions.questions import Question

__all__ = [
    "CONDITIONS",
    "LETTERS",
    "STRATEGIES",
    "Question",
    "Strategy",
    "find_strategy",
    "load_strategies",
    "render_condition",
    "render_prompt",
]
