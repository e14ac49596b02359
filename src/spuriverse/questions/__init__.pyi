from .conditions import CONDITIONS, render_condition
from .images import (
    Picture,
    check_image,
    image_size,
    image_suffixes,
    open_image,
    read_picture,
)
from .parsing import Answer, Outcome, parse_reply
from .prompts import LETTERS, STRATEGIES, Strategy, find_strategy, load_strategies, render_prompt
from .protocol import PROTOCOL
from .questions import Question
from .thoughts import without_thoughts

__all__ = [
    "CONDITIONS",
    "LETTERS",
    "PROTOCOL",
    "STRATEGIES",
    "Answer",
    "Outcome",
    "Picture",
    "Question",
    "Strategy",
    "check_image",
    "find_strategy",
    "image_size",
    "image_suffixes",
    "load_strategies",
    "open_image",
    "parse_reply",
    "read_picture",
    "render_condition",
    "render_prompt",
    "without_thoughts",
]
