"""The prompts of the annotator that is a vision-language model: one template file each.

A template may use the placeholders listed here; a dollar sign of its own is written `$$`.
"""

import string
from importlib.resources import files

from spuriverse.problems import Problem

PLACEHOLDERS = {
    "verdict": {"question", "options", "right", "predicted"},
    "attributes": {"count"},
    "kinds": {"attributes", "count"},
    "descriptions": {"attributes", "question", "right", "count"},
    "repair": {"fault"},
}
"""What fills each template."""


def read_templates() -> dict[str, str]:
    """Return the text of every template by name.

    Raises:
        Problem: A template is missing, or has a placeholder that nothing fills.
    """
    return {name: read_template(name, known) for name, known in PLACEHOLDERS.items()}


def read_template(name: str, known: set[str]) -> str:
    """Return the text of one template.

    Raises:
        Problem: It is missing, or has another placeholder than the `known` ones.
    """
    file = files(__package__).joinpath("prompts", f"{name}.txt")
    if not file.is_file():
        raise Problem(f"There is no prompt template {file}; install spuriverse again.")
    text = file.read_text(encoding="utf-8").removesuffix("\n")
    check_template(name, text, known)
    return text


def check_template(name: str, text: str, known: set[str]) -> None:
    """Refuse a template that cannot be filled.

    Raises:
        Problem: It has another placeholder than the `known` ones, or a lone dollar sign.
    """
    template = string.Template(text)
    if not template.is_valid() or set(template.get_identifiers()) - known:
        usable = ", ".join(f"${placeholder}" for placeholder in sorted(known))
        raise Problem(
            f"The prompt template {name}.txt may use {usable} and nothing else that begins with a"
            " dollar sign; write $$ for a dollar."
        )


def fill(template: str, **values: str | int) -> str:
    """Return the prompt. Values are data: placeholders in them are left as they are."""
    return string.Template(template).substitute(values)


def on_one_line(text: str) -> str:
    """Return a text of a data set or of a model so that it cannot pose as further lines."""
    return " ".join(text.split())
