"""What the annotating model must reply, and how its replies are read.

The schemas keep to what every server takes; lengths and counts are checked here.
"""

import re
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from spuriverse.discovery.curation.templates import on_one_line
from spuriverse.questions import without_thoughts
from spuriverse.tables import Kind

LONGEST_ATTRIBUTE = 80
LONGEST_SENTENCE = 600
SHOWN_FAULTS = 5

_VERDICT = re.compile(r"\W*(yes|no)\b[\s\W]*", re.IGNORECASE)
# What families put around an answer, such as <|begin_of_box|>.
_TOKEN = re.compile(r"<\|/?\w{1,40}\|>")
_FENCED = re.compile(r"```\w*\s*\n(.*?)```", re.DOTALL)


class Unfit(Exception):
    """A reply is not in the form that was asked for; the message says what is wrong with it."""


def _short(longest: int) -> Callable[[str], str]:
    def check(text: str) -> str:
        plain = on_one_line(text)
        if not re.search(r"\w", plain):
            raise ValueError("must not be empty")
        if len(plain) > longest:
            raise ValueError(f"must have at most {longest} characters, not {len(plain)}")
        return plain

    return check


def _noun_phrase(text: str) -> str:
    """The colon separates the kind from the attribute in the tables."""
    return on_one_line(text.replace(":", " ")).strip(" .\"'")


Phrase = Annotated[str, AfterValidator(_noun_phrase), AfterValidator(_short(LONGEST_ATTRIBUTE))]
Sentence = Annotated[str, AfterValidator(_short(LONGEST_SENTENCE))]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Attribute(_Form):
    """A spurious attribute and why it misleads."""

    attribute: Phrase
    explanation: Sentence


class Scenes(_Form):
    """One sentence with the attribute, and one without it."""

    spurious: Sentence
    core: Sentence


def _as_many_as_asked(values: list[Any], info: ValidationInfo) -> list[Any]:
    asked = (info.context or {}).get("count", len(values))
    if len(values) != asked:
        raise ValueError(f"must have {asked} entries, not {len(values)}")
    return values


class Attributes(_Form):
    """The reply to attributes.txt."""

    attributes: list[Attribute]

    _counted = field_validator("attributes")(_as_many_as_asked)

    @field_validator("attributes")
    @classmethod
    def _differ(cls, values: list[Attribute]) -> list[Attribute]:
        if len({value.attribute.casefold() for value in values}) < len(values):
            raise ValueError("must name different attributes")
        return values


class Kinds(_Form):
    """The reply to kinds.txt."""

    kinds: list[Kind]

    _counted = field_validator("kinds")(_as_many_as_asked)


class Descriptions(_Form):
    """The reply to descriptions.txt."""

    descriptions: list[Scenes]

    _counted = field_validator("descriptions")(_as_many_as_asked)

    @field_validator("descriptions")
    @classmethod
    def _differ(cls, values: list[Scenes]) -> list[Scenes]:
        if any(value.spurious.casefold() == value.core.casefold() for value in values):
            raise ValueError("must describe two different scenes")
        return values


class CoreAndSpurious(_Form):
    """The reply to core_and_spurious.txt."""

    core: Phrase
    spurious: Phrase
    type: Kind
    explanation: Sentence

    @field_validator("spurious")
    @classmethod
    def _differs(cls, value: str, info: ValidationInfo) -> str:
        if value.casefold() == str(info.data.get("core", "")).casefold():
            raise ValueError("must be another attribute than the core one")
        return value


AnyForm = TypeVar("AnyForm", Attributes, Kinds, Descriptions, CoreAndSpurious)


def read_verdict(reply: str) -> tuple[str, str]:
    """Return `yes` or `no`, and the explanation that follows.

    Raises:
        Unfit: The reply begins with neither word.
    """
    text = _said(reply)
    found = _VERDICT.match(text)
    if found is None:
        raise Unfit("it begins neither with the word Yes nor with the word No")
    return found[1].lower(), text[found.end() :].strip()


def read_form(form: type[AnyForm], reply: str, count: int = 1) -> AnyForm:
    """Return the JSON object of a reply, which may stand in a code fence or among other words.

    Args:
        form: What it must be.
        reply: The text of the model.
        count: How many entries its list must have, if it has one.

    Raises:
        Unfit: There is no such object.
    """
    try:
        return form.model_validate_json(_object_of(reply), context={"count": count})
    except ValidationError as error:
        faults = [_fault(entry) for entry in error.errors(include_url=False, include_input=False)]
        raise Unfit("; ".join(faults[:SHOWN_FAULTS])) from None


def _said(reply: str) -> str:
    return _TOKEN.sub("", without_thoughts(reply)).strip()


def _object_of(reply: str) -> str:
    text = _said(reply)
    if fenced := _FENCED.findall(text):
        text = fenced[-1].strip()
    begin, end = text.find("{"), text.rfind("}")
    return text[begin : end + 1] if 0 <= begin < end else text


def _fault(entry: Any) -> str:
    where = ".".join(map(str, entry["loc"]))
    message = on_one_line(str(entry["msg"])).removeprefix("Value error, ")
    if entry["type"] == "json_invalid":
        return "it is not a JSON object"
    return f"{where}: {message}" if where else message
