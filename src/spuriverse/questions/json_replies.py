"""Read a reply that is a JSON object, or holds one, by the keys under which models answer."""

import json
import re
from collections.abc import Iterator
from typing import Any

_KEYS = {
    *("answer", "finalanswer", "correctanswer", "bestanswer", "youranswer", "modelanswer", "ans"),
    *("choice", "finalchoice", "selectedchoice", "correctchoice", "selected", "selection"),
    *("option", "selectedoption", "correctoption", "finaloption", "chosenoption", "selectedanswer"),
    *("answerchoice", "chosen", "chosenanswer", "label", "value", "guess", "correct", "pick"),
    *("letter", "answerletter", "optionletter", "selectedletter", "prediction", "verdict"),
    *("response", "result", "output", "conclusion", "antwort", "reponse", "respuesta", "resposta"),
    *("\u7b54\u6848", "\u56de\u7b54", "\u7b54\u3048", "\u9009\u9879", "\u6b63\u89e3"),
}
_ANSWER_TEXT = {"text", "value", "label", "content", "answertext", "optiontext"}
_MOST_OBJECTS = 20
# Where the object is cut short, or in the quotation marks of Python.
_LOOSE = re.compile(r"""["']([\w \u00c0-\u9fff-]{1,40})["']\s*:\s*["']([^"'\n]{1,300})["']""")


def stated_in_json(said: str) -> list[str]:
    """Return what a reply states under the keys of an answer in its JSON; empty if nothing.

    Args:
        said: the reply without thoughts, with its markup.

    Returns:
        The texts, in their order; reasons and other entries of the objects are not among them.
    """
    if "{" not in said:
        return []
    objects = list(_objects(said))
    if objects:
        return [text for one in objects for text in _stated(one)]
    if not said.lstrip(" \n`").removeprefix("json").lstrip().startswith("{"):
        return []
    return [value for key, value in _LOOSE.findall(said) if _plain_key(key) in _KEYS]


def _objects(said: str) -> Iterator[Any]:
    decoder = json.JSONDecoder(object_pairs_hook=list)
    start, tries = said.find("{"), 0
    while start >= 0 and tries < _MOST_OBJECTS:
        tries += 1
        try:
            found, end = decoder.raw_decode(said, start)
        except (ValueError, RecursionError):
            end = start + 1
        else:
            yield found
        start = said.find("{", end)


def _stated(entries: list[Any]) -> Iterator[str]:
    """The pairs of an object, as a list, so that a key that occurs twice is seen twice."""
    for key, value in (entry for entry in entries if isinstance(entry, tuple)):
        if _plain_key(key) in _KEYS:
            yield from _texts(value)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, str | int | float):
        yield str(value)
    elif isinstance(value, list) and all(isinstance(entry, tuple) for entry in value):
        for key, inner in value:
            if _plain_key(key) in _KEYS | _ANSWER_TEXT:
                yield from _texts(inner)
    elif isinstance(value, list):
        for entry in value:
            yield from _texts(entry)


def _plain_key(key: str) -> str:
    letters = key.casefold().replace("\u00e9", "e")
    return re.sub(r"[\s_-]", "", letters)
