"""The places in a reply where a choice is put, from the most explicit to the least."""

import re
from collections.abc import Callable
from itertools import chain
from typing import NamedTuple

from spuriverse.questions import languages
from spuriverse.questions.asides import without_lead, without_tail
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


_SENTENCE = re.compile(
    r"\A(?P<claim>(?i:(?:in|on|from|as|based|given|looking|judging)\b[^,\n]{1,60},\s+)?"
    r"(?i:the|this|that|these|those|he|she|they|there)\s[^\n]{1,200})\Z"
)
_SAYS_WHAT = (
    re.compile(
        r"\s(?:is|are|was|were|shows?|depicts?|(?:appears?|seems?|has|have)\s+to\s+be|must\s+be"
        r"|looks?\s+like)\s+",
        re.IGNORECASE,
    ),
    re.compile(
        r"\s(?:is|are)\s+(?:made(?:\s+out)?\s+of|called|painted|located\s+in|known\s+as)\s+",
        re.IGNORECASE,
    ),
    re.compile(r"\s(?:is|are)\s+\w{2,20}ing(?:\s+(?:on|in|at|with|for|up|out))?\s+", re.IGNORECASE),
)
_IN_THE_PICTURE = re.compile(
    r"\s+(?:in|of|on)\s+(?:the|this)\s+(?:image|picture|photo(?:graph)?|scene)\W*\Z", re.IGNORECASE
)
_NO_ANSWER = re.compile(
    r"\b(?:wrong|incorrect|false|not|excluded|eliminated|unlikely|impossible|worst|opposite|no"
    r"|mislead\w*|distract\w*|spurious|tempting|usual|common|typical|expected|would|might|could"
    r"|people|cue)\b",
    re.IGNORECASE,
)


def _read_sentence(claim: str, offer: Offer) -> set[int]:
    """A whole reply such as "The bird is a gull."; a letter there may be any other."""
    claim = _IN_THE_PICTURE.sub("", claim)
    for verb in chain.from_iterable(verbs.finditer(claim) for verbs in _SAYS_WHAT):
        before, end = claim[: verb.start()], claim[verb.end() :]
        named = offer.named(end) or offer.named(without_tail(without_lead(end)))
        if not named and before.casefold() == "there":  # "There are three dogs."
            named = offer.named(end.partition(" ")[0])
            named = set() if offer.mentioned(end, named) else named
        if named and not offer.mentioned(before, named) and not _NO_ANSWER.search(before):
            return named
    return set()


_LAST_SENTENCE = re.compile(
    r"(?:[.;!:,]\s|\n|\u2026\s?|\A)(?=(?i:"
    r"(?:(?:it|this|that)(?:'s|\s+(?:is|seems\s+to\s+be|appears\s+to\s+be|looks\s+like"
    r"|turns\s+out\s+to\s+be))"
    r"|looks\s+like|seems\s+to\s+be)\s+"
    r"|(?:so|thus|hence|therefore),?\s+(?:it(?:'s|\s+is)\s+)?)"
    r"(?P<claim>[^.;:\n]{1,100})\W*\Z)"
)
_LONGEST_OPENING = 300


def _read_last_sentence(claim: str, offer: Offer) -> set[int]:
    """A conclusion such as "... It is B." counts beside an option with which the reply opens."""
    for last in _LAST_SENTENCE.finditer(claim, max(0, len(claim) - _LONGEST_OPENING)):
        if found := read_exactly(last["claim"], offer):
            return found | offer.leading(claim[: last.start()][:_LONGEST_OPENING])[0]
    return set()


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
            r"(?i:(?<!wrong )(?<!incorrect )(?<!other )(?<!each )(?<!every )(?<!possible )"
            r"\b(?:answer|ans|(?:option|choice)(?!\s*[(\[{]?\s*[a-z]\b)|(?:best )?(?:guess|pick))\b"
            r"(?!\s+(?:choices|options)\b)"
            rf"[^.:=\n]{{0,80}}?{_IS}){_REST_OF_LINE}"
        ),
        read_statement,
    ),
    Pattern(
        "I choose",
        re.compile(
            r"(?i:(?:\b(?:I|we)(?:'d|'ll|'m|\s+would|\s+will|\s+am)?"
            r"(?:\s+(?:now|then|still|therefore))?\s+|\blet(?:'s| us)\s+"
            r"|\A(?=choose|pick|select|go))"
            r"(?:choose|pick|select|go (?:with|for)|going (?:with|for)|choosing|opt for"
            r"|settle (?:on|for)"
            r"|(?:(?:fairly|quite|very|pretty|absolutely|reasonably|rather)\s+)?"
            r"(?:sure|certain|convinced|confident)(?=\s+(?:that\s+)?(?:it|this)\b)"
            r"|lean(?:ing)? towards?|answer|say|think|believe|guess)"
            rf"(?:\s+that)?(?:\s+(?:it|this)(?:'s|\s+is))?\s+){_REST_OF_LINE}"
        ),
        read_statement,
    ),
    Pattern(
        "it must be",
        re.compile(
            r"(?i:(?:\b(?:it|this|that)(?:\s+(?:can\s+only|must|should|has\s+(?:got\s+)?to)|'s\s+got\s+to)\s+be"
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
            r"|is\s+(?:the\s+(?:one|option|answer)|what)\s+(?:that\s+)?I(?:'d|\s+would)?\s+"
            r"(?:pick|choose|select|go\s+(?:with|for))\b"
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
        "but another text",
        re.compile(
            r"(?i:\b(?:not|isn't|never)\s+[^.,;\n]{1,60},?\s+but\s+(?:rather\s+|it's\s+|it\s+is\s+)?)"
            r"(?P<claim>[^.,;\n]{1,100})(?=\W*(?:\n|\Z))"
        ),
        read_exactly,
    ),
    Pattern(
        "all but one are wrong",
        re.compile(
            r"(?i:\b(?:all|every\w*|any\w*)\b[^.\n]{0,40}\b(?:except|but|other\s+than|apart\s+from)\s+"
            rf"(?:for\s+)?(?:option\s+)?)(?P<claim>{LETTER})(?i:\s+(?:is|are|can\s+be)\s+(?:\w+\s+)?"
            r"(?:wrong|incorrect|false|excluded|ruled\s+out|eliminated)\b)"
        ),
        read_letters,
    ),
    Pattern(
        "none but one is right",
        re.compile(
            r"(?i:\bnone\b[^.\n]{0,40}\b(?:right|correct|fits?|match\w*|possible)\s+"
            rf"(?:except|but|other\s+than|apart\s+from)\s+(?:for\s+)?(?:option\s+)?)(?P<claim>{LETTER})"
        ),
        read_letters,
    ),
    Pattern(
        "what is left",
        re.compile(
            r"(?i:\b(?:(?:which|that|this)\s+leaves|leaving)(?:\s+(?:us|me))?(?:\s+with)?"
            r"(?:\s+(?:only|just))?\s+"
            r"|\b(?:change|changing|revise|correct|switch|update)\s+(?:it|that|this|my\s+\w+|the\s+\w+)"
            r"\s+to\s+"
            r"|\bif\s+I\s+(?:had\s+to|have\s+to|must|were\s+to)\s+(?:choose|pick|guess|answer|decide)"
            r"(?:\s+one)?,\s+(?:it\s+would\s+be\s+)?"
            r"|(?:^|[.;:]\s)correct\s*[:=]\s*)(?P<claim>[^.;\n]{1,100})(?=\W*(?:\n|\Z))",
            re.MULTILINE,
        ),
        read_exactly,
    ),
    Pattern("last sentence", re.compile(r"(?s)\A(?P<claim>.+)\Z"), _read_last_sentence),
    Pattern("whole sentence", _SENTENCE, _read_sentence),
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
