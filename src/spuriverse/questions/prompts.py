"""Prompting strategies: one template file each, named after the strategy.

To add a strategy, add `templates/<strategy>.txt`, or name a folder of your own with such files. A
template may use `$question` and `$options`; a dollar sign of its own is written `$$`.
"""

import re
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from spuriverse.problems import Problem
from spuriverse.questions.questions import Question

LETTERS = string.ascii_uppercase

_PLACEHOLDERS = {"question", "options"}
# A plus sign separates a strategy from a variant of it in the tables.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


@dataclass(frozen=True)
class Strategy:
    """A way to ask a question.

    Attributes:
        name: what the configuration and the tables call it.
        template: the prompt, with `$question` and `$options` to be filled in.

    Raises:
        Problem: the name has other characters than letters, digits, hyphens and underscores, or
            the template has no `$question`, or a placeholder that nothing fills.
    """

    name: str
    template: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise Problem(
                f"The prompt strategy {self.name!r} cannot be called so; name its file with"
                " letters, digits, hyphens and underscores."
            )
        template = string.Template(self.template)
        found = set(template.get_identifiers())
        if not template.is_valid() or "question" not in found or found - _PLACEHOLDERS:
            raise Problem(
                f"The template of the prompt strategy {self.name!r} must use $question, may use"
                " $options and nothing else that begins with a dollar sign; write $$ for a dollar."
            )


def load_strategies(folder: Path | None = None) -> dict[str, Strategy]:
    """Return every strategy by name, sorted.

    Args:
        folder: a folder with templates of the user's own, `<strategy>.txt`; one that is called as
            one of ours takes its place.

    Returns:
        Our strategies and those of the folder.

    Raises:
        Problem: the folder is missing, holds no template, or one that cannot be used.
    """
    ours = _read_templates(files(__package__).joinpath("templates").iterdir())
    if folder is None:
        return ours
    if not Path(folder).is_dir():
        raise Problem(
            f"There is no folder {folder} with prompt templates; correct evaluation.prompts, or"
            " set it to null for the templates that come with the package."
        )
    theirs = _read_templates(Path(folder).iterdir())
    if not theirs:
        raise Problem(
            f"The folder {folder} holds no prompt template; put a file <strategy>.txt there, or set"
            " evaluation.prompts to null."
        )
    both = ours | theirs
    return {name: both[name] for name in sorted(both)}


def _read_templates(candidates: Iterable[Traversable]) -> dict[str, Strategy]:
    found = [
        file for file in candidates if file.name.endswith(".txt") and not file.name.startswith(".")
    ]
    strategies = (_read_template(file) for file in sorted(found, key=lambda file: file.name))
    return {strategy.name: strategy for strategy in strategies}


def _read_template(file: Traversable) -> Strategy:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(
            f"The prompt template {file} cannot be read ({error}); save it as text in UTF-8."
        ) from error
    return Strategy(file.name.removesuffix(".txt"), text.removesuffix("\n"))


STRATEGIES: Mapping[str, Strategy] = load_strategies()
"""The strategies that come with the package."""


def render_prompt(
    question: Question,
    strategy: str = "direct",
    show_options: bool = True,
    strategies: Mapping[str, Strategy] = STRATEGIES,
) -> str:
    """Return the text that asks `question`.

    Args:
        question: the question to ask.
        strategy: a key of `strategies`.
        show_options: whether the options are part of the text; without them it is the question
            alone, whatever the strategy.
        strategies: as `load_strategies` returns them.

    Returns:
        The prompt without a line end after its last line; options read `(A) red`, one per line.

    Raises:
        Problem: the strategy is unknown, or there are more options than letters (26).
    """
    template = find_strategy(strategy, strategies).template
    if not show_options:
        return question.text
    return string.Template(template).substitute(
        question=question.text, options=_lettered(question.options)
    )


def find_strategy(name: str, strategies: Mapping[str, Strategy] = STRATEGIES) -> Strategy:
    """Return the strategy called `name`.

    Raises:
        Problem: there is none; the message lists the known ones and names the closest.
    """
    if name in strategies:
        return strategies[name]
    closest = get_close_matches(name, strategies, n=1)
    hint = f" (did you mean {closest[0]!r}?)" if closest else ""
    raise Problem(
        f"There is no prompt strategy {name!r}{hint}; use one of {', '.join(strategies)}."
    )


def _lettered(options: tuple[str, ...]) -> str:
    if len(options) > len(LETTERS):
        raise Problem(
            f"The question has {len(options)} options but there are only {len(LETTERS)} letters;"
            " leave some wrong options out."
        )
    return "\n".join(f"({letter}) {text}" for letter, text in zip(LETTERS, options, strict=False))
