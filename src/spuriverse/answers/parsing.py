"""Read which option a reply chooses, without ever guessing.

The patterns are tried in order, from the most explicit to the least. The first one that finds a
claim decides; if its claims name different options, no option was chosen.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Outcome(StrEnum):
    """What came of asking a question."""

    ANSWERED = "answered"
    """The reply chooses one option."""
    ABSTAINED = "abstained"
    """The model declines to choose."""
    UNPARSED = "unparsed"
    """The reply chooses no option, several, or one that does not exist."""
    FAILED = "failed"
    """There is no reply; the parser never returns this."""


@dataclass(frozen=True)
class Answer:
    """The outcome of one reply.

    Attributes:
        outcome: what came of it.
        choice: the 0-based index of the chosen option, or None unless the outcome is answered.

    Raises:
        ValueError: a choice without the outcome answered, or the other way round.
    """

    outcome: Outcome
    choice: int | None = None

    def __post_init__(self) -> None:
        if (self.outcome is Outcome.ANSWERED) != (self.choice is not None):
            raise ValueError(f"outcome {self.outcome} does not go with choice {self.choice}")


def parse_reply(reply: str, options: Sequence[str]) -> Answer:
    """Find the option that `reply` chooses.

    Args:
        reply: the text of the model, with or without reasoning before or after the answer.
        options: the option texts in the order in which the prompt showed them, lettered from A.

    Returns:
        `answered` with the index of the option; `abstained` if the reply declines to choose;
        `unparsed` if it names no option, several, or a letter beyond the last option.
    """
    text = _plain(reply)
    texts = [_comparable(_plain(option)) for option in options]
    for pattern in _PATTERNS:
        if pattern.yields_to_refusal and _REFUSAL.search(text):
            return Answer(Outcome.ABSTAINED)
        if claims := pattern.find(text, texts):
            return _decide(claims, text, texts)
    return _no_choice(text)


def _decide(claims: set[int], text: str, texts: list[str]) -> Answer:
    if len(claims) == 1 and (choice := next(iter(claims))) < len(texts):
        return Answer(Outcome.ANSWERED, choice)
    return _no_choice(text)


def _no_choice(text: str) -> Answer:
    return Answer(Outcome.ABSTAINED if _REFUSAL.search(text) else Outcome.UNPARSED)


# --- the text of a reply ---------------------------------------------------------------------


def _plain(text: str) -> str:
    """Undo Unicode variants, hidden reasoning and markup, none of which changes the choice."""
    text = unicodedata.normalize("NFKC", text).rpartition("</think>")[2]
    text = re.sub(r"\\(?:text|textbf|mathrm|mathbf)\s*\{([^{}]*)\}", r"\1", text)
    text = re.sub("[\u2018\u2019]", "'", text)
    text = re.sub('[*`#$"\u201c\u201d]|(?<!\\w)_+|_+(?!\\w)', "", text)
    return text.strip()


def _comparable(text: str) -> str:
    """Reduce an option text to what two spellings of it share."""
    words = " ".join(text.casefold().split()).strip(" .,;:!'")
    return re.sub(r"^(?:an?|the) (?=\S)", "", words)


# A lone letter is an option only if it cannot be a word: "a" and "I" need a mark after them. A
# line that begins "A:" is left alone, for it may stand for "Answer:".
_MARKED = r"[(\[]\s*[A-Za-z]\s*[)\]]"
_BARE = (
    r"(?<![\w'-])(?:"
    r"[A-Za-z](?=\s*(?:$|\n|[.:,;!?)/&](?!\w)))"
    r"|[B-HJ-Z](?![\w'-]|\.\w)"
    r"|[AI](?=\s+(?:because|since|as|is|or|and)\b)"
    r")"
)
_LETTER = rf"(?:{_MARKED}|{_BARE})"
_LETTERS = re.compile(rf"{_LETTER}(?:\s*(?:[,/&]|\b(?:or|and)\b)+\s*{_LETTER})*")
_PREFIX = re.compile(r"(?:option|choice|letter|answer)\s+(?=\S)", re.IGNORECASE)
_CLAUSE_END = re.compile(r"[.!?](?=\s|$)|,?\s+(?:because|since|as)\b")


def _indices(letters: str) -> set[int]:
    alone = re.findall(r"(?<![A-Za-z])[A-Za-z](?![A-Za-z])", letters)
    return {ord(letter.upper()) - ord("A") for letter in alone}


def _named(text: str, texts: list[str]) -> set[int]:
    """The options whose whole text is `text`."""
    wanted = _comparable(text)
    return {index for index, option in enumerate(texts) if wanted and option == wanted}


def _exact(claim: str, texts: list[str]) -> set[int]:
    """Read a claim that is nothing but letters, an option text, or a letter and a text."""
    claim = _PREFIX.sub("", claim.strip(" \n\t'"), count=1)
    named = _named(claim, texts)
    if match := _LETTERS.match(claim):
        rest = claim[match.end() :].strip(" .,:;!)-\u2013\u2014")
        indices = _indices(match[0])
        if named:
            return named | {index for index in indices if not rest and index < len(texts)}
        if not rest or _named(rest, texts):
            return indices | _named(rest, texts)
    return named


def _stated(claim: str, texts: list[str]) -> set[int]:
    """Read a claim that may go on after the option it states."""
    claim = _PREFIX.sub("", claim.strip(" \n\t'"), count=1)
    first = _CLAUSE_END.split(claim, maxsplit=1)[0]
    match = _LETTERS.match(claim)
    return _exact(claim, texts) or _exact(first, texts) or (_indices(match[0]) if match else set())


# --- the patterns ----------------------------------------------------------------------------

Reader = Callable[[str, list[str]], set[int]]


class _Pattern(NamedTuple):
    """A place where replies put their choice.

    Every match of `place` is one claim (its group `claim`), read by `read`.
    """

    name: str
    place: re.Pattern[str]
    read: Reader
    yields_to_refusal: bool = False

    def find(self, text: str, texts: list[str]) -> set[int]:
        if self.yields_to_refusal:
            text = _REJECTED.sub(" ", text)
        claims = [self.read(match["claim"], texts) for match in self.place.finditer(text)]
        return set().union(*claims)


def _reads_letters(claim: str, texts: list[str]) -> set[int]:
    return _indices(claim)


# Bounded, so that a model that repeats itself for pages is still read in linear time.
_REST_OF_LINE = r"(?=(?P<claim>[^\n]{1,300}))"
_IS = r"(?:\s*[:=]+|\s+[-\u2013\u2014](?=\s)|\s+(?:is|would be|should be|must be)\b)\s*:?\s*"

_PATTERNS = (
    _Pattern("boxed", re.compile(r"\bboxed\s*\{(?P<claim>[^{}]*)\}"), _stated),
    _Pattern("tagged", re.compile(r"(?is)<answer>(?P<claim>.{0,300}?)</answer>"), _stated),
    _Pattern(
        "final answer",
        re.compile(rf"(?i:\bfinal\s+(?:answer|choice|option){_IS}){_REST_OF_LINE}"),
        _stated,
    ),
    _Pattern(
        "answer is",
        re.compile(rf"(?i:\b(?:answer|option|choice)\b[^.:=\n]{{0,80}}?{_IS}){_REST_OF_LINE}"),
        _stated,
    ),
    _Pattern(
        "I choose",
        re.compile(
            r"(?i:\bI(?:'d|'ll|\s+would|\s+will)?\s+"
            r"(?:choose|pick|select|go with|say|think|believe|guess)"
            rf"(?:\s+that)?(?:\s+(?:it|this)(?:'s|\s+is))?\s+){_REST_OF_LINE}"
        ),
        _stated,
    ),
    _Pattern(
        "is right",
        re.compile(rf"(?P<claim>{_LETTER})\s+(?i:is\s+(?:the\s+)?(?:correct|right|best)\b)"),
        _reads_letters,
    ),
    _Pattern(
        "whole line",
        re.compile(
            r"^[\s>\u2022-]*(?i:(?:so|thus|hence|therefore),?\s+)?(?i:(?:it|this|that)(?:'s|\s+is)\s+)?"
            r"(?P<claim>[^\n]+)$",
            re.MULTILINE,
        ),
        _exact,
    ),
    _Pattern(
        "conclusion",
        re.compile(rf"(?i:\b(?:so|thus|hence|therefore),?\s+)(?P<claim>{_MARKED})\W*\Z"),
        _reads_letters,
    ),
    _Pattern(
        "marked letter",
        re.compile(
            rf"(?P<claim>{_MARKED}|^\s*[A-Za-z](?=\s*[.)](?!\w))"
            rf"|(?i:\b(?:option|choice|letter)\s+)(?:{_BARE}|A\b))",
            re.MULTILINE,
        ),
        _reads_letters,
        yields_to_refusal=True,
    ),
)

_REJECTED = re.compile(
    rf"(?i:\b(?:not|isn't|neither|nor|never|than|except|rules? out|eliminate)\s+(?:option\s+)?)"
    rf"{_LETTER}"
    rf"|{_LETTER}\s+(?i:(?:is\s+(?:not|wrong|incorrect|false)|isn't|cannot be|can't be)\b)"
)

_REFUSAL = re.compile(
    r"\b(?:do not|don't) (?:really )?know\b"
    r"|\b(?:not|un)\s?(?:sure|certain)\b"
    r"|\b(?:can't|can ?not|could not|couldn't|unable to|not able to|impossible to)\s+(?:be\s+)?"
    r"(?:\w+ly\s+)?(?:answer|assist|choose|comply|decide|determine|discern|help|identify|"
    r"make out|provide|say|see|tell|view)"
    r"|\b(?:not enough|insufficient|no) information\b"
    r"|\b(?:I'm|I am|we are|we're) sorry\b|\bI apologi[sz]e\b"
    r"|\bas an? (?:AI|(?:large )?language model)\b|\bno way to (?:tell|know)\b"
    r"|\b(?:decline|refuse|prefer not) to\b"
    r"|\bnone of (?:the|these|them)\b"
    r"|^\W*(?:unknown|n/a|no answer)\W*$",
    re.IGNORECASE,
)
