"""The places in a reply where a choice is put, from the most explicit to the least."""

import re
from collections.abc import Callable
from typing import NamedTuple

from spuriverse.questions import languages
from spuriverse.questions.claims import (
    ALONE,
    BARE,
    LETTER,
    MARKED,
    Offer,
    read_exactly,
    read_foreign,
    read_letters,
    read_mention,
    read_opening,
    read_statement,
    read_text_first,
)

Reader = Callable[[str, Offer], set[int]]


class Pattern(NamedTuple):
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
_IS = (
    r"(?:\s*(?:[:=]+>?|->|\u2192|\u279c)|\s+[-\u2013\u2014](?=\s)"
    r"|\s+(?:is|would be|should be|must be)\b)\s*:?\s*"
)
# What may stand before an option that has a line of its own.
_LABEL = (
    r"(?i:(?:(?:my|the|final|selected|chosen)\s+)?(?:letter|result|output|verdict|conclusion|decision"
    r"|selected|selection|prediction|pick|final|letra|lettre|buchstabe)\s*(?:[:=]>?|->|\u2192)\s*)?"
)
_THUS = (
    r"(?i:(?:so|then|thus|hence|therefore|overall|finally|in\s+(?:conclusion|summary|short)|to\s+conclude"
    rf"|{languages.THUS})[,:]?\s+)?"
)


def _read_within(claim: str, offer: Offer) -> set[int]:
    """What a box or a tag holds may be a whole sentence, or a last line."""
    return read_statement(claim, offer) or find_statement(claim, offer)


STATEMENTS = (
    Pattern("boxed", re.compile(r"\bboxed\s*\{(?P<claim>[^{}]*)\}"), _read_within),
    Pattern(
        "tagged",
        re.compile(
            r"(?is)[<\[](?:final_?)?(?:answer|choice|option|letter)[>\]](?P<claim>.{0,300}?)"
            r"(?:[<\[]/(?:final_?)?(?:answer|choice|option|letter)[>\]]|\Z)"
        ),
        _read_within,
    ),
    Pattern(
        "final answer",
        re.compile(rf"(?i:\bfinal\s+(?:answer|choice|option){_IS}){_REST_OF_LINE}"),
        read_statement,
    ),
    Pattern(
        "answer is",
        re.compile(
            r"(?i:(?<!wrong )(?<!incorrect )(?<!other )"
            r"\b(?:answer|ans|(?:option|choice)(?!\s*[(\[{]?\s*[a-z]\b)|(?:best )?(?:guess|pick))\b"
            r"(?!\s+(?:choices|options)\b)"
            rf"[^.:=\n]{{0,80}}?{_IS}){_REST_OF_LINE}"
        ),
        read_statement,
    ),
    Pattern(
        "I choose",
        re.compile(
            r"(?i:(?:\b(?:I|we)(?:'d|'ll|'m|\s+would|\s+will|\s+am)?\s+|\blet(?:'s| us)\s+"
            r"|\A(?=choose|pick|select|go))"
            r"(?:choose|pick|select|go (?:with|for)|going (?:with|for)|choosing|opt for"
            r"|settle (?:on|for)"
            r"|lean(?:ing)? towards?|answer|say|think|believe|guess)"
            rf"(?:\s+that)?(?:\s+(?:it|this)(?:'s|\s+is))?\s+){_REST_OF_LINE}"
        ),
        read_statement,
    ),
    Pattern(
        "it must be",
        re.compile(
            r"(?i:(?:\b(?:it|this|that)(?:\s+(?:can\s+only|must|has\s+(?:got\s+)?to)|'s\s+got\s+to)\s+be"
            r"|\A(?:must|has\s+to|should)\s+be"
            r"|\b(?:fits|matches|best)(?:\s+best)?\s+is"
            r"|\b(?:right|correct|best|only)\s+(?:one|fit|match|letter|pick)\s+is|\bthe\s+letter\s+is"
            rf")\s+){_REST_OF_LINE}"
        ),
        read_statement,
    ),
    Pattern(
        "but",
        re.compile(
            rf"(?i:\b(?:not|isn't)\s+(?:option\s+)?){ALONE}\s*[,;.]?\s*"
            rf"(?i:but\s+(?:it's\s+|it\s+is\s+)?|rather\s+|it's\s+|it\s+is\s+)(?P<claim>{LETTER})"
            r"(?=\W*(?:\n|\Z))"
        ),
        read_letters,
    ),
    Pattern(
        "letter and reason, in another language",
        re.compile(rf"\A(?P<claim>{LETTER})(?={languages.REASON.pattern})"),
        read_letters,
    ),
    Pattern(
        "answer is, in another language",
        re.compile(rf"(?i:{languages.ANSWER_IS}){_REST_OF_LINE}"),
        read_foreign,
    ),
    Pattern(
        "I choose, in another language",
        re.compile(rf"(?i:{languages.I_CHOOSE}){_REST_OF_LINE}"),
        read_foreign,
    ),
    Pattern(
        "but, in another language",
        re.compile(
            rf"(?:^\s*|[,;.\u2026]\s?)(?i:{languages.RATHER})(?P<claim>{ALONE})(?=\W*(?:\n|\Z))",
            re.MULTILINE,
        ),
        read_letters,
    ),
    Pattern(
        "is right, in another language",
        re.compile(rf"(?P<claim>{ALONE})(?i:{languages.IS_CHOSEN})"),
        read_letters,
    ),
    Pattern(
        "is right",
        re.compile(
            r"(?<!nor )(?<!or )(?<!and )(?<!neither )"
            rf"(?P<claim>{LETTER}|(?<![\w'-])A)\s+"
            r"(?i:(?:is|seems|looks)\s+(?:the\s+)?(?:most\s+likely|correct|right|best)\b"
            r"|(?:is|would\s+be|must\s+be)\s+(?:my|our|the)\s+(?:(?:final|best|only|most\s+likely)\s+)?"
            r"(?:answer|choice|guess|pick|match|fit|only\s+one)\b"
            r"|it\s+is(?=\W*\Z)|(?:fits|matches)(?:\s+best\b|(?=\W*\Z)))"
        ),
        read_letters,
    ),
    Pattern(
        "not the other",
        re.compile(
            rf"^(?P<claim>{LETTER}),?\s+(?:(?:and|but)\s+)?not\s+(?:option\s+)?{LETTER}",
            re.MULTILINE,
        ),
        read_letters,
    ),
    Pattern(
        "whole line",
        re.compile(
            r"^(?:[\s>\u2022\u2192\u279c\u2705\u2713\u2714\U0001f449]|[-=]>|[\u2013\u2014-](?!\w))*"
            rf"(?!(?i:option|choice)\s+{LETTER}\W*[^\W_])"
            rf"{_LABEL}{_THUS}(?i:(?:it|this|that)(?:'s|\s+is)\s+"
            rf"|{languages.IT_IS})?(?P<claim>[^\n]+)$",
            re.MULTILINE,
        ),
        read_exactly,
    ),
    Pattern(
        "letter and its text",
        re.compile(rf"(?s)\A(?P<claim>{LETTER}[^\n].*)"),
        read_opening,
    ),
    Pattern(
        "conclusion",
        re.compile(
            rf"(?i:\b(?:so|thus|hence|therefore|{languages.THUS}),?\s+"
            rf"(?:it(?:'s|\s+is|\s+must\s+be|\s+has\s+to\s+be)\s+)?)(?=(?P<claim>{MARKED}|[A-HJ-Z])\W*\Z)"
        ),
        read_letters,
    ),
)


def find_statement(text: str, offer: Offer) -> set[int]:
    """Return what the first of the `STATEMENTS` that finds a claim reads in `text`."""
    return next(filter(None, (pattern.find(text, offer) for pattern in STATEMENTS)), set())


# These claim less, so that a reply which declines is taken at its word before they are tried, and
# letters that it rejects do not count.
_TEXT_FIRST = Pattern(
    "text first",
    re.compile(r"(?s)\A(?i:(?:it|this|that)(?:'s|\s+is)\s+)?(?P<claim>.+)\Z"),
    read_text_first,
)
_LEADING_LETTER = Pattern(
    "leading letter",
    re.compile(
        rf"^\s*(?i:(?:option|choice|letter)\s+)?(?=(?P<claim>(?:{MARKED}"
        r"|[A-Za-z](?=\s*[.)](?!\w)|,?\s+(?:because|since)\b"
        r"|,\s+(?:as|based on|given|due to|for the|judging)\b))[^\n]{0,300}))",
        re.MULTILINE,
    ),
    read_statement,
)
_LETTER_WITHIN = Pattern(
    "letter within a line",
    re.compile(
        rf"(?:(?<=\S)[ ]?(?={MARKED})|(?i:\b(?:option|choice|letter)\s+)(?={BARE}|A\b))"
        r"(?=(?P<claim>[^\n]{1,100}))"
    ),
    read_mention,
)
_LAST_LETTER = Pattern(
    "letter that ends a sentence",
    re.compile(
        r"(?<=[^\W\d_]{3}),\s+(?i:(?:it|this|that)(?:'s|\s+is)\s+)?"
        rf"(?P<claim>{MARKED}|[A-HJ-Z](?![\w'-]))(?=\W*\Z)"
    ),
    read_letters,
)


def find_lesser(text: str, offer: Offer) -> set[int]:
    """Return what a reply without a statement mentions, apart from letters that it rejects."""
    text = _LISTED.sub(" ", _REJECTED.sub(" ", text))
    return _TEXT_FIRST.find(text, offer) or (
        _LEADING_LETTER.find(text, offer)
        | _LETTER_WITHIN.find(text, offer)
        | _LAST_LETTER.find(text, offer)
    )


_NAMED = re.compile(
    "\\W*(?i:option|choice|opción|opção|alternativ[ae]|选项|選項|選択肢)\\s*"
    rf"{LETTER}\s*[:.\u2013\u2014-]+\s*\w"
)


def only_names(text: str) -> bool:
    """Whether a reply is but "Option A: a duck", which says what A is and chooses nothing."""
    return "\n" not in text and _NAMED.match(text) is not None


# "Option A: a duck ..." and "Looking at option A, ..." say what there is to choose from.
_LISTED = re.compile(
    rf"(?i:\b(?:option|choice)\s+){LETTER}\s*[:.\u2013\u2014-]+\s*[^\W_][^\n]{{0,400}}"
    r"|(?i:\b(?:look(?:ing)?\s+at|consider(?:ing)?|tak(?:e|ing)|regarding|as\s+for|examin(?:e|ing)"
    rf"|compar(?:e|ing)|turning\s+to)\s+(?:option\s+|choice\s+)?){LETTER}"
)
_REJECTED = re.compile(
    rf"(?i:\b(?:wrong|incorrect)\s+(?:answer|option|choice)\s+is\s+(?:option\s+)?){LETTER}"
    r"|(?i:\b(?:not|isn't|neither|nor|never|than|except|rules? out|eliminates?|excludes?|without"
    r"|(?:all|anything|everything) but|apart from|unlike|excluding)\s+(?:option\s+)?)"
    rf"{LETTER}"
    rf"|{LETTER}\s+(?i:(?:is\s+(?:not|wrong|incorrect|false)|isn't|cannot be|can't be)\b)"
)
