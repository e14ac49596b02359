"""The prompt that states an attribute of the image before it asks.

The wording is ours: the paper's is not published. Core and spurious attributes are stated by the
same template, so that two prompts differ in the attribute alone.
"""

import string
from importlib.resources import files

from spuriverse.problems import Problem

CONDITIONS = ("core", "spurious")
"""What a prompt may state: the core or the spurious attribute."""

_TEMPLATE = string.Template(
    files(__package__)
    .joinpath("conditions")
    .joinpath("attribute.txt")
    .read_text(encoding="utf-8")
    .removesuffix("\n")
)


def render_condition(question: str, attribute: str) -> str:
    """Return the text that states an attribute and asks an open question, without options.

    Args:
        question: Text of the question.
        attribute: The attribute, as a phrase.

    Raises:
        Problem: The attribute is empty.
    """
    if not attribute.strip():
        raise Problem(
            "A prompt cannot state an empty attribute; name the core and the spurious attribute of"
            " every sample."
        )
    return _TEMPLATE.substitute(attribute=" ".join(attribute.split()), question=question)
