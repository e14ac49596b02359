"""Read which option a reply chooses, without ever guessing.

A reply is first reduced to what it says in answer (`reply_text`): a repeated prompt, thoughts and
markup do not count. If it is nothing but letters and option texts, these decide. Otherwise the
patterns are tried in order, from the most explicit to the least. The first one that finds a claim
decides; if its claims name different options, no option was chosen. What a claim names is read in
`claims`. The main forms and their outcomes:

    B, b., (B), (B) red, Answer: B, The answer is (B)., **B**, \\boxed{B}    answered
    red, It is red., Red, because ...                                     answered
    reasoning, then one of these on a line of its own or after "answer"   answered
    a full-width, circled, bold, Cyrillic or Greek letter that looks so   answered
    A or B, "(B) cat" where cat is option C, (B) and a text not offered   unparsed
    a letter beyond the last option or of an empty one, a mere mention    unparsed
    a repeated prompt with nothing after it, an unfinished thought        unparsed
    I don't know, I'm sorry, None of the above (where it is not offered)  abstained
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from spuriverse.questions.claims import (
    BARE,
    LETTER,
    MARKED,
    Offer,
    read_exactly,
    read_letters,
    read_mention,
    read_statement,
    read_text_first,
    read_text_of_letter,
)
from spuriverse.questions.reply_text import spoken


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
        reply: the text of the model, with or without the prompt and reasoning around the answer.
        options: the option texts in the order in which the prompt showed them, lettered from A. An
            empty one keeps its letter and is never chosen.

    Returns:
        `answered` with the index of the option; `abstained` if the reply declines to choose;
        `unparsed` if it names no option, several, one that is empty or beyond the last, or a
        letter together with a text that is not the text of that letter's option.
    """
    return _parse_plainest(reply, options) or _parse_any(reply, tuple(options))


def _parse_plainest(reply: str, options: Sequence[str]) -> Answer | None:
    """Read "(B) red" if it is just that; recorded replies are nearly all of this form."""
    match = _PLAINEST.fullmatch(reply)
    if match is None or (choice := ord(match[1]) - ord("A")) >= len(options):
        return None
    return Answer(Outcome.ANSWERED, choice) if options[choice] == match[2] else None


# The images of a candidate share its question, and models answer many of them in the same words.
@lru_cache(maxsize=4_096)
def _parse_any(reply: str, options: tuple[str, ...]) -> Answer:
    text = spoken(reply)
    offer = Offer.of(options)
    if claims := read_exactly(text, offer):
        return _decide(claims, text, offer)
    for pattern in _PATTERNS:
        if claims := pattern.find(text, offer):
            return _decide(claims, text, offer)
    if _refuses(text, offer):
        return Answer(Outcome.ABSTAINED)
    return _decide(_find_lesser(text, offer), text, offer)


def _decide(claims: set[int], text: str, offer: Offer) -> Answer:
    if len(claims) == 1:
        choice = next(iter(claims))
        if offer.text_at(choice):
            return Answer(Outcome.ANSWERED, choice)
    return Answer(Outcome.ABSTAINED if _refuses(text, offer) else Outcome.UNPARSED)


def _refuses(text: str, offer: Offer) -> bool:
    """Whether `text` declines, apart from the options that would: "(A) none of the above"."""
    said = " ".join(text.casefold().split())
    for option in filter(_REFUSAL.search, offer.texts):
        said = said.replace(option, " ")
    return bool(_REFUSAL.search(said))


# Only words without marks, of which the general way provably makes the same choice.
_PLAINEST = re.compile(r"\(([A-Z])\) ([A-Za-z0-9]+(?: [A-Za-z0-9]+)*)")

# --- the patterns ----------------------------------------------------------------------------

Reader = Callable[[str, Offer], set[int]]


class _Pattern(NamedTuple):
    """A place where replies put their choice.

    Every match of `place` is one claim (its group `claim`), read by `read`.
    """

    name: str
    place: re.Pattern[str]
    read: Reader

    def find(self, text: str, offer: Offer) -> set[int]:
        claims = [self.read(match["claim"], offer) for match in self.place.finditer(text)]
        return set().union(*claims)


# Bounded, so that a model that repeats itself for pages is still read in linear time.
_REST_OF_LINE = r"(?=(?P<claim>[^\n]{1,300}))"
_IS = r"(?:\s*[:=]+|\s+[-\u2013\u2014](?=\s)|\s+(?:is|would be|should be|must be)\b)\s*:?\s*"

_PATTERNS = (
    _Pattern("boxed", re.compile(r"\bboxed\s*\{(?P<claim>[^{}]*)\}"), read_statement),
    _Pattern("tagged", re.compile(r"(?is)<answer>(?P<claim>.{0,300}?)</answer>"), read_statement),
    _Pattern(
        "final answer",
        re.compile(rf"(?i:\bfinal\s+(?:answer|choice|option){_IS}){_REST_OF_LINE}"),
        read_statement,
    ),
    _Pattern(
        "answer is",
        re.compile(
            r"(?i:(?<!wrong )(?<!incorrect )(?<!other )"
            r"\b(?:answer|ans|option|choice|(?:best )?guess)\b(?!\s+(?:choices|options)\b)"
            rf"[^.:=\n]{{0,80}}?{_IS}){_REST_OF_LINE}"
        ),
        read_statement,
    ),
    _Pattern(
        "I choose",
        re.compile(
            r"(?i:(?:\bI(?:'d|'ll|\s+would|\s+will)?\s+|\A(?=choose|pick|select))"
            r"(?:choose|pick|select|go with|say|think|believe|guess)"
            rf"(?:\s+that)?(?:\s+(?:it|this)(?:'s|\s+is))?\s+){_REST_OF_LINE}"
        ),
        read_statement,
    ),
    _Pattern(
        "is right",
        re.compile(
            rf"(?P<claim>{LETTER})\s+"
            r"(?i:(?:is|seems|looks)\s+(?:the\s+)?(?:most\s+likely|correct|right|best)\b)"
        ),
        read_letters,
    ),
    _Pattern(
        "not the other",
        re.compile(
            rf"^(?P<claim>{LETTER}),?\s+(?:(?:and|but)\s+)?not\s+(?:option\s+)?{LETTER}",
            re.MULTILINE,
        ),
        read_letters,
    ),
    _Pattern(
        "whole line",
        re.compile(
            r"^(?:[\s>\u2022]|-(?!\w))*"
            r"(?i:(?:so|thus|hence|therefore),?\s+)?(?i:(?:it|this|that)(?:'s|\s+is)\s+)?"
            r"(?P<claim>[^\n]+)$",
            re.MULTILINE,
        ),
        read_exactly,
    ),
    _Pattern(
        "letter and its text",
        re.compile(rf"\A(?P<claim>{LETTER}[^\n]{{1,300}})"),
        read_text_of_letter,
    ),
    _Pattern(
        "conclusion",
        re.compile(
            rf"(?i:\b(?:so|thus|hence|therefore),?\s+)(?=(?P<claim>{MARKED}"
            rf"|(?i:it (?:is|must be|has to be) ){LETTER})\W*\Z)"
        ),
        read_letters,
    ),
)

# These claim less, so that a reply which declines is taken at its word before they are tried, and
# letters that it rejects do not count.
_TEXT_FIRST = _Pattern(
    "text first",
    re.compile(r"(?s)\A(?i:(?:it|this|that)(?:'s|\s+is)\s+)?(?P<claim>.+)\Z"),
    read_text_first,
)
_LEADING_LETTER = _Pattern(
    "leading letter",
    re.compile(
        rf"^\s*(?i:(?:option|choice|letter)\s+)?(?=(?P<claim>(?:{MARKED}"
        r"|[A-Za-z](?=\s*[.)](?!\w)|,?\s+(?:because|since)\b))[^\n]{0,300}))",
        re.MULTILINE,
    ),
    read_statement,
)
_LETTER_WITHIN = _Pattern(
    "letter within a line",
    re.compile(
        rf"(?:(?<=\S)[ ]?(?={MARKED})|(?i:\b(?:option|choice|letter)\s+)(?={BARE}|A\b))"
        r"(?=(?P<claim>[^\n]{1,100}))"
    ),
    read_mention,
)


def _find_lesser(text: str, offer: Offer) -> set[int]:
    text = _REJECTED.sub(" ", text)
    return _TEXT_FIRST.find(text, offer) or (
        _LEADING_LETTER.find(text, offer) | _LETTER_WITHIN.find(text, offer)
    )


_REJECTED = re.compile(
    rf"(?i:\b(?:wrong|incorrect)\s+(?:answer|option|choice)\s+is\s+(?:option\s+)?){LETTER}"
    rf"|(?i:\b(?:not|isn't|neither|nor|never|than|except|rules? out|eliminate)\s+(?:option\s+)?)"
    rf"{LETTER}"
    rf"|{LETTER}\s+(?i:(?:is\s+(?:not|wrong|incorrect|false)|isn't|cannot be|can't be)\b)"
)

_REFUSAL = re.compile(
    r"\b(?:do not|don't) (?:really )?know\b|\b(?:have )?no idea\b|^\W*idk\b"
    r"|\bnot (?:sure|certain|clear)\b|\bun(?:certain|clear)\b|(?:^\W*|\bI am |\bI'm )unsure\b"
    r"|\b(?:can't|can ?not|could not|couldn't|unable to|not able to|(?:im|not )possible to)\s+"
    r"(?:be\s+)?(?:\w+ly\s+)?(?:answer|assist|choose|comply|decide|determine|discern|help|identify|"
    r"make out|provide|say|see|tell|view)"
    r"|\b(?:not enough|insufficient|no|not (?:\w+ )?(?:contain|give|provide|show)"
    r"(?: \w+){0,2}) information\b|\bisn't enough information\b"
    r"|\b(?:I'm|I am|we are|we're) sorry\b|\bI apologi[sz]e\b|^\W*(?:sorry|apologies)\b"
    r"|\bas an? (?:AI|(?:large )?language model)\b|\bno way to (?:tell|know)\b"
    r"|\b(?:do not|don't) have (?:access|the ability)\b"
    r"|\b(?:decline|refuse|prefer not|rather not|won't) (?:to )?(?:answer|choose|guess|say)\b"
    r"|\bnone of (?:the|these|them)\b"
    r"|^\W*(?:unknown|n/a|no answer|none)\W*$",
    re.IGNORECASE,
)
