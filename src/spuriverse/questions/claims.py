"""Read a claim: the piece of a reply that states an option by its letter, its text or both.

A claim is read as the set of the options it names; one that names anything but a single option
chooses nothing. `NOT_OFFERED` stands in the set for a text that is none of the options: "(B) cat"
where no option is "cat" names B and something else, hence nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from spuriverse.questions import languages
from spuriverse.questions.asides import without_lead, without_tail
from spuriverse.questions.reply_text import comparable, marks_that_count, normal, unmarked, words_of

NOT_OFFERED = -1

# Cyrillic and Greek letters that look like A, B, C or E. They count only where a lone letter may
# stand, so that no word of an option text in those scripts is touched.
_LOOKALIKES = str.maketrans(
    "\u0410\u0412\u0421\u0415\u0430\u0441\u0435\u0391\u0392\u0395", "ABCEaceABE"
)
_ALPHABET = "A-Za-z" + "".join(map(chr, _LOOKALIKES))

# A lone letter is an option only if it cannot be a word: "a" and "I" need a mark after them, and
# so do the look-alikes, many of which are words.
MARKED = rf"[(\[{{]\s*[{_ALPHABET}]\s*[)\]}}]"
BARE = (
    r"(?<![\w'-])(?:"
    rf"[{_ALPHABET}](?=\s*(?:$|\n|[.:,;!?)\]}}/&](?!\w)))"
    r"|[B-HJ-Z](?![\w'-]|\.\w)"
    rf"|[{_ALPHABET}](?=\s+(?:because|since|as|is|or|and)\b)"
    r")"
)
LETTER = rf"(?:{MARKED}|{BARE})"
_LETTERS = re.compile(rf"{LETTER}(?:\s*(?:[,/&]|\b(?:or|and)\b)+\s*{LETTER})*")
_MARKED = re.compile(MARKED)
_LAST_LETTER = re.compile(rf"\s*({MARKED})$")
# Read only if an option text follows: "B.blue", or a word after a bare look-alike.
_GLUED = re.compile(rf"[{_ALPHABET}](?:[.:)\]](?=\S)|(?<![A-Za-z])(?=\s))")

ALONE = rf"(?:{MARKED}|(?<![\w'-])[A-Za-z](?![\w'-]))"
_ALONE = re.compile(ALONE)
_A_CAR = re.compile(r"a\s+car\b", re.IGNORECASE)  # "car" is "because" in French.

# A letter in brackets is a letter even where an option has it for its text.
_BRACKETED = re.compile(r"[(\[{](?![^\W\d_][)\]}])(.+)[)\]}]")

_MARKS = " \t\n.,:;!)}]-\u2013\u2014"

_VERDICT = (
    r"\s+(?:(?:is|seems|looks|appears|would be|must be|should be)\s+(?:to be\s+)?(?:the\s+)?"
    r"(?:most\s+)?(?:correct|right|best|answer|likely|true|accurate|appropriate|plausible)\b"
    r"|(?:fits|matches)(?:\s+best)?(?=\W*$))"
)
_REASON = (
    r"(?:because|since(?=\s+\D)|due to|for the (?:simple )?reason"
    r"|judging (?:by|from)|given (?:that|the|how)|based on|considering|although|though"
    r"|which|rather than|instead of|as(?=(?:\s+\S+){3})"
    rf"|(?:(?:and|but) )?not (?:option )?{LETTER}"
    r"|(?:the )?(?:reason(?:ing)?|explanation|rationale|confidence)\b)"
)
_ASIDE = (
    r"(?:here|overall|then|to me|for me|if I (?:had|have) to guess|I (?:think|believe|guess)"
    r"|(?:in|from|of|on|for) (?:this|these|the (?:image|picture|photo|list|options|following))"
    r"|(?:most\s+likely|likely|probably|clearly|definitely|certainly)(?=\W*$))\b"
)
_EXPLAINED = re.compile(
    rf"[\s.,:;()\u2013\u2014-]*(?:{_REASON}|{_ASIDE})|,\s*(?:and\s+)?not\b|{_VERDICT}",
    re.IGNORECASE,
)
# Three words, or some characters of a script without blanks, are no option text.
_NEXT_SENTENCE = re.compile(r"\s*[)\]]?[.!]\s*(?:\S+\s+\S+\s+\S|[\u3005-\u9fff]{4})")
_DENIED = re.compile(
    r"\s*(?:cannot|can't|isn't|doesn't|wouldn't|won't"
    r"|(?:is|was|seems|looks|appears|would|can|could|does|must|should)(?:\s+\w+){0,3}?\s+"
    r"(?:not|wrong|incorrect|false|unlikely|impossible))\b",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|can|could|does|do|show|appear|seem|look|fit|match|indicate"
    r"|suggest|make|stand|sit|wear|hold|contain)(?:s|es)?\b",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(
    rf"[.!?,:;](?=\s|$)|\s+[\u2013\u2014-]\s|,?\s+(?:because|since|as)\b|\s+\(|{_VERDICT}",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|,?\s+(?:because|since|as)\b", re.IGNORECASE)
_SENTENCE_WORDS = 5
_MOST_CLAUSES = 8
_MOST_LINES = 60
_LONGEST_LINE = 300


# Options come again and again: a candidate's question is asked of dozens of images.
@lru_cache(maxsize=4_096)
def _prepare(option: str, kept: str) -> tuple[str, str]:
    text = unmarked(option, kept)
    return comparable(text), words_of(text)


@dataclass(frozen=True)
class Offer:
    """The options of one question, ready to be compared with pieces of a reply.

    Attributes:
        texts: the comparable text of each option; empty for an empty slot, which keeps its letter.
        words: the words of each option with a space on either side.
        kept: marks that are part of the options rather than markup.
    """

    texts: list[str]
    words: list[str]
    kept: str

    @classmethod
    def of(cls, options: Sequence[str]) -> "Offer":
        """Prepare `options`, which are in the order of their letters."""
        plain = [normal(option) for option in options]
        kept = marks_that_count(plain)
        prepared = [_prepare(option, kept) for option in plain]
        return cls([text for text, _ in prepared], [words for _, words in prepared], kept)

    def named(self, text: str) -> set[int]:
        """Return the options whose whole text is `text`, in brackets or not."""
        wanted = comparable(text)
        found = self._equal(wanted)
        if found or not (bracketed := _BRACKETED.fullmatch(wanted)):
            return found
        return self._equal(comparable(bracketed[1]))

    def text_at(self, index: int) -> str:
        """Return the comparable text at `index`; empty where there is no option."""
        return self.texts[index] if 0 <= index < len(self.texts) else ""

    def leading(self, text: str) -> tuple[set[int], str]:
        """Return the options that the first clauses of `text` are the text of, and what follows."""
        found, rest = self.named(text), ""
        ends = [end.start() for end in islice(_CLAUSE_END.finditer(text), _MOST_CLAUSES)]
        for end in reversed(ends):
            if found:
                break
            found, rest = self.named(text[:end]), text[end:]
        return found, rest

    def mentioned(self, text: str, own: set[int]) -> set[int]:
        """Return the options other than `own` whose words occur in `text`, outside `own`'s."""
        words = words_of(text)
        without = words
        for index in own:
            without = without.replace(self.words[index], "  ")
        longest = max((len(self.words[index]) for index in own), default=0)
        return {
            index
            for index, wanted in enumerate(self.words)
            if index not in own
            and wanted.strip()
            and wanted in (words if len(wanted) > longest else without)
        }

    def _equal(self, wanted: str) -> set[int]:
        return {index for index, text in enumerate(self.texts) if wanted and text == wanted}


def indices_of(letters: str) -> set[int]:
    """Return the 0-based indices of the lone letters in `letters`."""
    latin = letters.translate(_LOOKALIKES)
    alone = re.findall(r"(?<![A-Za-z])[A-Za-z](?![A-Za-z])", latin)
    return {ord(letter.upper()) - ord("A") for letter in alone}


def read_letters(claim: str, offer: Offer) -> set[int]:
    """Read a claim that is known to be letters."""
    return indices_of(claim)


def read_exactly(claim: str, offer: Offer) -> set[int]:
    """Read a claim that is nothing but letters, an option text, or a letter and a text.

    Args:
        claim: a piece of the reply.
        offer: the options.

    Returns:
        The options it names; none if it says anything else.
    """
    claim = claim.strip(" \n\t'{}")
    if re.fullmatch(r"[(\[][A-Za-z]", claim):
        return indices_of(claim)  # Cut short at the limit of the reply.
    if found := _read_whole(claim, offer):
        return found
    surely = without_tail(claim)
    return _read_whole(surely, offer) if surely != claim else set()


def _read_whole(claim: str, offer: Offer) -> set[int]:
    bare = without_lead(claim)
    if own := _own_text(bare, offer):
        return own
    named = offer.named(claim) or offer.named(bare)
    letters, rest = _split(bare)
    if not letters:
        return named or _text_then_letter(bare, offer) or _glued(bare, offer)
    indices = indices_of(letters)
    if named:
        # A look-alike that is an option text as it stands is that text.
        counts = letters.isascii() and not rest.strip(_MARKS)
        return named | {index for index in indices if counts and index < len(offer.texts)}
    if not rest.strip(_MARKS):
        return indices
    named_after = next(filter(None, (offer.named(text) for text in _after_marks(rest))), set())
    return _agreed(indices, named_after) if named_after else set()


def read_statement(claim: str, offer: Offer) -> set[int]:
    """Read a claim that may go on after the option it states.

    Args:
        claim: a piece of the reply that begins where an option is expected.
        offer: the options.

    Returns:
        The options it names, with `NOT_OFFERED` if a text that is none of them follows a letter.
    """
    if found := read_exactly(claim, offer):
        return found
    claim = without_lead(claim.strip(" \n\t'{}"))
    letters, rest = _split(claim)
    if letters:
        return _led(indices_of(letters), rest, offer, _SENTENCE_WORDS)
    return read_exactly(_SENTENCE_END.split(claim, maxsplit=1)[0], offer) or read_text_first(
        claim, offer
    )


def read_text_of_letter(claim: str, offer: Offer) -> set[int]:
    """Read a claim only if the text of its letter's option follows the letter."""
    letters, rest = _split(claim)
    for text in _after_marks(rest) if letters else ():
        named, further = offer.leading(text)
        if named and not further.startswith("?"):
            return _agreed(indices_of(letters), named) | _next_clause(further, offer)
    return set()


def read_foreign(claim: str, offer: Offer) -> set[int]:
    """Read a statement in another language, where any letter that stands alone is an option."""
    if found := read_exactly(claim, offer):
        return found
    letter = _ALONE.match(claim.strip())
    if letter is None:
        return read_statement(claim, offer)
    rest = claim.strip()[letter.end() :]
    if languages.DENIED.match(rest):
        return set()
    indices = indices_of(letter[0])
    rest = languages.COPULA.sub("", rest)
    others = _marked_in(rest) | offer.mentioned(rest, {i for i in indices if offer.text_at(i)})
    explained = languages.REASON.match(rest) and not _A_CAR.match(claim.strip())
    if explained or (_NEXT_SENTENCE.match(rest) and not others):
        return indices
    return _led(indices, rest, offer, _SENTENCE_WORDS)


def read_opening(claim: str, offer: Offer) -> set[int]:
    """Read a whole reply that opens with a letter and its text; a list of them names them all."""
    first, *others = claim.split("\n", _MOST_LINES)[:_MOST_LINES]
    named = read_text_of_letter(first[:_LONGEST_LINE], offer)
    further = (read_text_of_letter(line[:_LONGEST_LINE], offer) for line in others)
    return named.union(*further) if named else set()


def read_mention(claim: str, offer: Offer) -> set[int]:
    """Read a claim that begins with a letter in the midst of a sentence."""
    letters, rest = _split(claim)
    if not letters:  # "option A", where the word before it is the mark
        letters, rest = claim[:1], claim[1:]
    return _led(indices_of(letters), rest, offer, 0)


def read_text_first(claim: str, offer: Offer) -> set[int]:
    """Read a claim that begins with an option text and then explains it.

    Any other option that the explanation mentions makes the claim name both; "Yes, there is no
    doubt" is the exception, since an explanation may well hold the words yes and no.
    """
    found, rest = offer.leading(claim)
    if not found:
        return set()
    others = offer.mentioned(rest, found)
    if all(offer.text_at(index) in ("yes", "no") for index in found):
        others = {index for index in others if offer.text_at(index) not in ("yes", "no")}
    return found | others | _marked_in(rest) | _next_clause(rest, offer)


def _split(claim: str) -> tuple[str, str]:
    match = _LETTERS.match(claim)
    return (match[0], claim[match.end() :]) if match else ("", claim)


def _after_marks(rest: str) -> tuple[str, ...]:
    """What follows a letter, less and less of it taken for marks: a dash may be a minus."""
    return rest, rest.lstrip(_MARKS.rstrip("-\u2013\u2014")), rest.lstrip(_MARKS)


def _agreed(indices: set[int], named: set[int]) -> set[int]:
    """A letter settles which of two options with the same text is meant."""
    return indices if len(indices) == 1 and indices <= named else indices | named


def _own_text(claim: str, offer: Offer) -> set[int]:
    """A marked letter and the text of that very option, which may itself look like letters."""
    match = _MARKED.match(claim)
    index = indices_of(match[0]) if match else set()
    return index if match and index <= offer.named(claim[match.end() :]) else set()


def _glued(claim: str, offer: Offer) -> set[int]:
    match = _GLUED.match(claim)
    named = offer.named(claim[match.end() :]) if match else set()
    return _agreed(indices_of(match[0]), named) if match and named else set()


def _text_then_letter(claim: str, offer: Offer) -> set[int]:
    match = _LAST_LETTER.search(claim[-20:])
    named = offer.named(claim[: len(claim) - len(match[0])]) if match else set()
    return _agreed(indices_of(match[1]), named) if match and named else set()


def _marked_in(text: str) -> set[int]:
    return set().union(*(indices_of(letter) for letter in _MARKED.findall(text)))


def _next_clause(rest: str, offer: Offer) -> set[int]:
    return read_exactly(_CLAUSE_END.split(rest.lstrip(_MARKS), maxsplit=1)[0], offer)


def _led(indices: set[int], rest: str, offer: Offer, sentence_words: int) -> set[int]:
    """Read what follows a letter: its text, an explanation, a denial or a text not offered."""
    if not rest.strip(_MARKS):
        return indices
    if _DENIED.match(rest):
        return set()
    if _MARKED.match(rest.lstrip()):
        return indices | _marked_in(rest)
    for text in _after_marks(rest):
        named, further = offer.leading(text)
        if named:
            return _agreed(indices, named) | _next_clause(further, offer)
    if _EXPLAINED.match(rest) or _explains(indices, rest, offer, sentence_words):
        return indices
    return indices | {NOT_OFFERED}


def _explains(indices: set[int], rest: str, offer: Offer, sentence_words: int) -> bool:
    """Whether `rest` is a sentence about the option rather than a text in its place."""
    if not _VERB.search(rest):
        return False
    own = {index for index in indices if offer.text_at(index)}
    others = offer.mentioned(rest, own)
    if any(offer.words[index] in words_of(rest) for index in own):
        return not any(
            offer.words[index] in offer.words[other] for index in own for other in others
        )
    longest = max((words.count(" ") - 1 for words in offer.words), default=0)
    is_long = len(rest.split()) >= sentence_words > longest
    return not others and (is_long or not sentence_words)
