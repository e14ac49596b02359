"""Read a reply that is a JSON object, or holds one, by the keys under which models answer."""

import json
import re
from collections.abc import Iterator
from typing import Any

# A key is that of an answer if it has one of these words, and for the rest some of the others.
_ANSWERS = {
    *("answer", "ans", "choice", "chosen", "conclusion", "correct", "final", "guess", "label"),
    *("letter", "option", "output", "pick", "prediction", "response", "result", "selected"),
    *("selection", "solution", "value", "verdict"),
    *("antwort", "reponse", "respuesta", "resposta"),
    *("\u7b54\u6848", "\u56de\u7b54", "\u7b54\u3048", "\u9009\u9879", "\u6b63\u89e3"),
    *("\u6700\u7ec8\u7b54\u6848", "\u6b63\u786e\u7b54\u6848", "\u6700\u7d42\u56de\u7b54"),
}
_QUALIFIERS = {
    *("best", "direct", "finale", "likely", "likeliest", "model", "most", "multiple", "my"),
    *("predicted", "question", "right", "short", "single", "suggested", "text", "the", "your"),
    *("correcta", "correta", "richtige", "bonne", "id", "key"),
}
_WORD = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![^\W\d_A-Z])")
_GLUED = re.compile(f"(?:{'|'.join(sorted(_ANSWERS | _QUALIFIERS, key=len, reverse=True))})+")
# What stands under these is looked into; under all others it is a reason, a list of options ...
_CONTAINERS = {"arguments", "args", "parameters", "data", "properties", "json", "tool_call"}
_ANSWER_TEXT = {"text", "value", "label", "content"}
_NOTHING = {"null", "None", "true", "false", "True", "False"}
_MOST_OBJECTS = 20
# Where the object is cut short, or in the quotation marks of Python.
_LOOSE_START = re.compile(r"""\{\s*["'][^"'\n]{1,40}["']\s*:""")
_LOOSE = re.compile(
    r"""["']([\w -]{1,40})["']\s*:\s*(?:["']([^"'\n]{1,300})["']|(\w{1,40})\s*[,}\n])"""
)


def stated_in_json(reply: str) -> tuple[list[str], str]:
    """Return what a reply states under the keys of an answer in its JSON, and what else it says.

    Args:
        reply: the reply without thoughts, with its markup.

    Returns:
        The texts, in their order; and the reply without its objects, since the reasons in them,
        and whatever other entries they have, are no answer.
    """
    if "{" not in reply:
        return [], reply
    stated: list[str] = []
    rest, begins = "", 0
    for found, start, end in _objects(reply):
        stated += _stated(found)
        rest, begins = rest + reply[begins:start], end
    rest += reply[begins:]
    if loose := _LOOSE_START.search(rest):
        end = rest.rfind("}") + 1
        cut = rest[loose.start() : end if end > loose.start() else len(rest)]
        stated += [
            quoted or bare
            for key, quoted, bare in _LOOSE.findall(cut)
            if _is_answer(key) and bare not in _NOTHING
        ]
        rest = rest.replace(cut, "", 1)
    return stated, rest


def _objects(reply: str) -> Iterator[tuple[Any, int, int]]:
    """The objects that have entries, with where each begins and ends."""
    decoder = json.JSONDecoder(object_pairs_hook=list)
    start, tries = reply.find("{"), 0
    while start >= 0 and tries < _MOST_OBJECTS:
        tries += 1
        try:
            found, end = decoder.raw_decode(reply, start)
        except (ValueError, RecursionError):
            end = start + 1
        else:
            if found:
                yield found, start, end
        start = reply.find("{", end)


def _stated(entries: list[Any]) -> Iterator[str]:
    """The pairs of an object, as a list, so that a key that occurs twice is seen twice."""
    pairs = [entry for entry in entries if isinstance(entry, tuple)]
    for key, value in pairs:
        if _is_answer(key):
            yield from _texts(value)
        elif isinstance(value, list) and key.casefold() in _CONTAINERS:
            yield from _stated(value)
        elif len(pairs) == 1 and len(key.strip("()")) == 1 and isinstance(value, str):
            yield f"{key}: {value}"  # {"B": "a gull"}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, str | int | float):
        yield str(value)
    elif isinstance(value, list) and all(isinstance(entry, tuple) for entry in value):
        for key, inner in value:
            if _is_answer(key) or key.casefold() in _ANSWER_TEXT:
                yield from _texts(inner)
    elif isinstance(value, list):
        for entry in value:
            yield from _texts(entry)


def _is_answer(key: str) -> bool:
    """Whether a key is such as `answer`, `final_answer`, `finalAnswer` or "Selected option"."""
    plain = key.replace("\u00e9", "e").replace("\u00c9", "E")
    words = [word.casefold() for word in _WORD.findall(plain)]
    if any(word in _ANSWERS for word in words):
        return all(word in _ANSWERS | _QUALIFIERS for word in words)
    return len(words) == 1 and bool(_GLUED.fullmatch(words[0])) and words[0] not in _QUALIFIERS
