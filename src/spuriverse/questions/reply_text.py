"""Reduce a text to what counts in it: no Unicode variants, no markup, no case.

A reply dresses its answer in Markdown, LaTeX or Unicode variants. None of these changes the choice,
unless a mark is what tells two options apart: "C#" is not "C".
"""

import re
import unicodedata
from collections.abc import Sequence

from spuriverse.questions.thoughts import begins_with_thought, without_thoughts
from spuriverse.questions.turns import after_echo, first_turn

# Marks that decorate a text and may be part of one.
_MARKS = '*`#$_\\"<>'
# Every pattern of `unmarked` begins with one of these.
_MARKUP = re.compile('[\\\\<*`#$_"~\u201c\u201d\u00ab\u00bb]')
# Around a few words, or at the beginning of a line, these are decoration even where options have
# them; \textbf{\text{B}} needs several passes.
_LATEX = re.compile(r"\\(?:text|textbf|mathrm|mathbf)\s*\{([^{}]*)\}")
_HEADING = re.compile(r"^[ ]?#{1,6}[ ]", re.MULTILINE)
_EMPHASIS = re.compile(
    r"(?<![\w*`])(?:(\*\*)(?=[^\s*])|(__|`|\*)(?=[^\s*_`]))"
    r"((?:[^*`\n]|(?<=\w)\*(?=\w)){1,300}?)(?<=\S)(?(1)\*\*|\2)(?![\w*`])"
)

# Letters in a circle, a square or brackets are one character: "Ⓑblue" must not become "Bblue".
_ENCLOSED = {
    first + number: f"({chr(ord('A') + number)}) "
    for first in (0x249C, 0x24B6, 0x24D0, 0x1F110, 0x1F130, 0x1F150, 0x1F170)
    for number in range(26)
}
# Full stops, brackets and quotation marks of Chinese, Japanese and German.
_EASTERN = {
    **{0x3001: ", ", 0x3002: ". "},
    **{0x3010: "(", 0x3011: ")", 0x3014: "(", 0x3015: ")", 0x3016: "(", 0x3017: ")"},
    **dict.fromkeys([0x300A, 0x300C, 0x300E], ' "'),
    **dict.fromkeys([0x300B, 0x300D, 0x300F], '" '),
    **dict.fromkeys([0x201E, 0x201F, 0x2039, 0x203A], '"'),
}
_INVISIBLE = dict.fromkeys([0xAD, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFE0F, 0xFEFF])
_CHARACTER = "[\u3005-\u30ff\u3400-\u9fff\uac00-\ud7af]"
# Chinese and Japanese set no blanks: a lone letter between their characters is a word.
_LETTER_BETWEEN = re.compile(
    rf"(?<={_CHARACTER})(?=[A-Za-z](?![A-Za-z0-9]))"
    rf"|(?<![A-Za-z0-9][A-Za-z])(?<=[A-Za-z])(?={_CHARACTER})"
)

_BOX = str.maketrans({"{": "(", "}": ")"})
_BOXED = re.compile(r"<\|begin_of_box\|>(.{0,300}?)(?:<\|end_of_box\|>|\Z)", re.DOTALL)
_SECTION = re.compile(
    r"<(conclusion|(?:final_)?response|solution|output|final|result)>"
    r"|<\|(?:begin_of_solution|START_RESPONSE)\|>",
    re.IGNORECASE,
)
_SECTION_END = re.compile(
    r"</(?:conclusion|(?:final_)?response|solution|output|final|result)>|<\|end_of_solution\|>",
    re.IGNORECASE,
)
_LONGEST_READ = 16_000


def reduce_reply(text: str) -> str:
    """Return what a normalised reply says in answer, with its markup.

    Args:
        text: as `normal` returns it, possibly with the prompt before it.

    Returns:
        The text after the last assistant marker, without thoughts (an unclosed one hides all that
        follows it), without what comes after an end marker and, where a section is marked as the
        conclusion, that section alone; empty if nothing is left. Of what is longer than 16,000
        characters (a model that repeats itself until it is cut), its first quarter of that length
        and its last three quarters.
    """
    if begins_with_thought(text):
        text = without_thoughts(text)
    text = first_turn(without_thoughts(after_echo(text)))
    text = _BOXED.sub(lambda box: rf"\\boxed{{{box[1].translate(_BOX)}}}"[1:], text)
    *_, last = [None, *_SECTION.finditer(text)]
    return _bounded(_SECTION_END.split(text[last.end() :], maxsplit=1)[0] if last else text)


def _bounded(text: str) -> str:
    """The beginning and the end of a runaway reply, where its answers are, in whole lines."""
    if len(text) <= _LONGEST_READ:
        return text
    first = text[: _LONGEST_READ // 4]
    last = text[-_LONGEST_READ * 3 // 4 :]
    first = first[: first.rfind("\n") + 1] or first
    return f"{first}\n{last[last.find(chr(10)) + 1 :]}"


def unmarked(text: str, kept: str = "") -> str:
    """Return a normalised text without markup; never empty unless it was.

    Args:
        text: as `normal` returns it.
        kept: marks that tell options apart: they go only where they surround a few words, or
            turn a line into a heading.
    """
    return _without_markup(text, kept) or text.strip()


def marks_that_count(options: Sequence[str]) -> str:
    """Return the marks that options cannot do without; empty for nearly all questions.

    Without its mark an option would be another one, a lone letter or nothing: "C#", "*", "$5"
    where there is "5".

    Args:
        options: as `normal` returns them.
    """
    bare = [comparable(_without_markup(option, "")) for option in options]
    whole = [comparable(option) for option in options]
    lost = any(
        text != full and (not text or re.fullmatch(r"\w", text) or bare.count(text) > 1)
        for text, full in zip(bare, whole, strict=True)
    )
    return "".join(mark for mark in _MARKS if any(mark in one for one in options)) if lost else ""


def comparable(text: str) -> str:
    """Reduce a plain text to what two spellings of it share: no case, article or end mark."""
    words = " ".join(text.casefold().split())
    words = words.lstrip(" '").rstrip(" .,:;!'") or words
    return re.sub(r"^(?:an?|the) (?=\S)", "", words)


def words_of(text: str) -> str:
    """Return the words of a text, each with a space on either side, to look for others among."""
    words = " ".join(re.findall(r"[^\W_]+", text.casefold()))
    return f" {words} "


def normal(text: str) -> str:
    """Return a text with one spelling for what looks alike: blanks, letters, brackets, quotes."""
    # One space or line end for a run of them: patterns that begin with a blank stay linear.
    text = re.sub(r"\s+", lambda run: "\n" if "\n" in run[0] or "\r" in run[0] else " ", text)
    if text.isascii():
        return text
    text = text.translate(_ENCLOSED | _EASTERN).translate(_INVISIBLE)
    # Word by word and bounded: normalising a long run of accents takes quadratic time.
    text = re.sub(r"\S{1,400}", lambda word: unicodedata.normalize("NFKC", word[0]), text)
    text = _LETTER_BETWEEN.sub(" ", text)
    return re.sub("[\u2018\u2019]", "'", text)


def _without_markup(text: str, kept: str) -> str:
    if not _MARKUP.search(text):
        return text.strip()
    if "\\" not in kept:
        for _ in range(3):
            text = _LATEX.sub(r"\1", text)
        text = re.sub(r"\\(?=[()\[\].])", "", text)
    if "<" not in kept:
        text = re.sub(r"</?(?:b|i|em|strong|u|p|code)>", "", text)
        text = re.sub(r"<([A-Z])>", r"(\1)", text)
    text = re.sub(r"~~[^~\n]{1,300}~~", " ", text)
    if kept:
        text = _HEADING.sub("", text)
        for _ in range(2):
            text = _EMPHASIS.sub(r"\3", text)
    gone = "".join(mark for mark in '*`#$"' if mark not in kept)
    text = re.sub(f"[{gone}\u201c\u201d\u00ab\u00bb]", "", text)
    if "_" not in kept:
        # Underlines inside a word stay; linear in a run of them, as two look-arounds are not.
        text = re.sub(r"(?<=[^\W_])(_+)(?=[^\W_])|_+", r"\1", text)
    return text.strip()
