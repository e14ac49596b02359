"""Prompting strategies: one template file each, named after the strategy.

To add a strategy, add `templates/<strategy>.txt`. It may use `$question` and `$options`; a dollar
sign of its own is written `$$`.
"""

import string
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files

from spuriverse.problems import Problem
from spuriverse.questions.questions import Question

LETTERS = string.ascii_uppercase

_PLACEHOLDERS = {"question", "options"}


@dataclass(frozen=True)
class Strategy:
    """A way to ask a question.

    Attributes:
        name: what the configuration and the tables call it.
        template: the prompt, with `$question` and `$options` to be filled in.

    Raises:
        Problem: the template has no `$question`, or a placeholder that nothing fills.
    """

    name: str
    template: str

    def __post_init__(self) -> None:
        template = string.Template(self.template)
        found = set(template.get_identifiers())
        if not template.is_valid() or "question" not in found or found - _PLACEHOLDERS:
            raise Problem(
                f"The template of the prompt strategy {self.name!r} must use $question, may use"
                " $options and nothing else that begins with a dollar sign; write $$ for a dollar."
            )


def _load_strategies() -> dict[str, Strategy]:
    templates = sorted(files(__package__).joinpath("templates").iterdir(), key=lambda f: f.name)
    texts = {
        file.name.removesuffix(".txt"): file.read_text(encoding="utf-8").removesuffix("\n")
        for file in templates
        if file.name.endswith(".txt")
    }
    return {name: Strategy(name, text) for name, text in texts.items()}


STRATEGIES: dict[str, Strategy] = _load_strategies()


def render_prompt(question: Question, strategy: str = "direct", show_options: bool = True) -> str:
    """Return the text that asks `question`.

    Args:
        question: the question to ask.
        strategy: a key of `STRATEGIES`.
        show_options: whether the options are part of the text; without them it is the question
            alone, whatever the strategy.

    Returns:
        The prompt without a line end after its last line; options read `(A) red`, one per line.

    Raises:
        Problem: the strategy is unknown, or there are more options than letters (26).
    """
    template = _find_strategy(strategy).template
    if not show_options:
        return question.text
    return string.Template(template).substitute(
        question=question.text, options=_lettered(question.options)
    )


def _find_strategy(name: str) -> Strategy:
    if name in STRATEGIES:
        return STRATEGIES[name]
    closest = get_close_matches(name, STRATEGIES, n=1)
    hint = f" (did you mean {closest[0]!r}?)" if closest else ""
    raise Problem(
        f"There is no prompt strategy {name!r}{hint}; use one of {', '.join(STRATEGIES)}."
    )


def _lettered(options: tuple[str, ...]) -> str:
    if len(options) > len(LETTERS):
        raise Problem(
            f"The question has {len(options)} options but there are only {len(LETTERS)} letters;"
            " leave some wrong options out."
        )
    return "\n".join(f"({letter}) {text}" for letter, text in zip(LETTERS, options, strict=False))
