from .conditions import CONDITIONS, render_condition
from .images import open_image
from .parsing import Answer, Outcome, parse_reply
from .prompts import LETTERS, STRATEGIES, Strategy, find_strategy, load_strategies, render_prompt
from .questions import Question

__all__ = [
    "CONDITIONS",
    "LETTERS",
    "STRATEGIES",
    "Answer",
    "Outcome",
    "Question",
    "Strategy",
    "find_strategy",
    "load_strategies",
    "open_image",
    "parse_reply",
    "render_condition",
    "render_prompt",
]
