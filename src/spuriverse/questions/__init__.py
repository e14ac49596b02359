"""A multiple-choice question, and the prompts that ask it."""

from spuriverse.questions.prompts import STRATEGIES, Strategy, render_prompt
from spuriverse.questions.questions import Question

__all__ = ["STRATEGIES", "Question", "Strategy", "render_prompt"]
