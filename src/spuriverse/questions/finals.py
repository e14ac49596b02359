"""Read the line in which a reply gives its answer as the templates demand: `Answer: (B)`."""

import re

from spuriverse.questions import languages
from spuriverse.questions.claims import LETTER, Offer, read_exactly, read_foreign
from spuriverse.questions.reply_text import words_of

_LINE = re.compile(
    r"^[ >\u2022*#-]*(?:(?:so|thus|hence|therefore|finally),?\s+)?(?:(?:the|my)\s+)?"
    r"(?:"
    r"(?:(?:final|correct|revised|corrected|updated|best)\s+)?(?:answer|ans)\s*(?:[:=]>?|->|\u2192)"
    r"|ans\.|final\s*:"
    r"|final\s+(?:answer|choice|option)(?:\s+is)?\s*[:=-]?"
    rf"|answer\s+(?={LETTER}\W*$)"
    rf"|{languages.ANSWER_LINE}"
    r")\s*(?P<claim>[^\n]{1,300})",
    re.IGNORECASE | re.MULTILINE,
)
_LONGEST_OPTION = 300


def read_last_line(text: str, offer: Offer) -> tuple[set[int], str]:
    """Read the last line that has the demanded form.

    A list of such lines with nothing said in between is no correction: all of them count.

    Args:
        text: what the reply says, without markup.
        offer: the options.

    Returns:
        The options that the line names, none if there is no such line or it names none; and what
        the reply says after it.
    """
    lines = list(_LINE.finditer(text))
    if not lines:
        return set(), ""
    last = lines.pop()
    named = read_foreign(last["claim"], offer)
    after = last.start()
    while named and lines and not text[lines[-1].end() : after].strip():
        after = lines[-1].start()
        named |= read_foreign(lines.pop()["claim"], offer)
    return named, text[last.end() :]


def without_list(text: str, offer: Offer) -> str:
    """Return a text without the lines that only repeat the whole list of options."""
    in_reply = words_of(text)
    if not offer.texts or not all(words in in_reply for words in offer.words if words.strip()):
        return text
    lines = text.split("\n")
    count = len(offer.texts)
    start = 0
    while start + count < len(lines):
        listed = lines[start : start + count]
        if all(
            len(line) < _LONGEST_OPTION and read_exactly(line, offer) == {index}
            for index, line in enumerate(listed)
        ):
            del lines[start : start + count]
        else:
            start += 1
    return "\n".join(lines)
