"""Options that carry their letters, and texts that a model would take for a picture."""

import re
from collections.abc import Sequence
from string import ascii_uppercase

_LETTERED = re.compile(
    r"[(\[]?([A-Za-z])(?:[).:\]]\s*|\s+[-\u2013\u2014]\s+|\uff09\s*|\u3001\s*)(\S.*)", re.DOTALL
)

_PLACEHOLDER = re.compile(
    r"<\|?(?:image|img|video|media)\|?>"
    r"|<\|?(?:image|img|video|vision|media)[-_ ][a-z_0-9-]+\|?>"
    r"|<\|?(?:start|end|begin)_of_(?:image|img|video)\|?>"
    r"|<(?:img_context|imagehere|im_start|im_end|im_patch)>"
    r"|\[/?img(?:_[a-z]+)?\]",
    re.IGNORECASE,
)
"""What model families write where a picture goes: LLaVA, Qwen, InternVL, Gemma, Pixtral..."""


def without_letters(options: Sequence[str]) -> tuple[str, ...] | None:
    """Return the options without the letters they carry, or None if not all carry their own.

    Args:
        options: Texts such as "A. a cat"; an empty one, where no option is offered, carries none.
    """
    matches = [_LETTERED.fullmatch(text.strip()) if text.strip() else None for text in options]
    offered = [place for place, text in enumerate(options) if text.strip()]
    letters = ascii_uppercase[: len(options)]
    if len(offered) < 2 or len(options) > len(ascii_uppercase):
        return None
    carried = [match[1].upper() if match else "" for match in matches]
    if any(carried[place] != letters[place] for place in offered):
        return None
    return tuple(match[2].strip() if match else "" for match in matches)


def without_letter(text: str) -> str:
    """Return an answer such as "B. a dog" without its letter; other texts as they are."""
    match = _LETTERED.fullmatch(text.strip())
    return match[2].strip() if match else text.strip()


def placeholder_in(text: str) -> str:
    """Return the first mark in a text that a model family puts where its image goes, or ""."""
    found = _PLACEHOLDER.search(text)
    return found[0] if found else ""
