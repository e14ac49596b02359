"""Reduce a reply to what the model says in answer: no prompt, no reasoning, no markup.

A reply may repeat the whole prompt before it (a chat template that the decoder left in), think
aloud in tags, and dress its answer in Markdown, LaTeX or Unicode variants. None of these changes
the choice, and all of them are removed here, before any pattern is tried.
"""

import re
import unicodedata

# What a chat template writes where the answer begins; what follows the last of them is the answer.
_ASSISTANT = re.compile(
    r"<\|im_start\|>\s*assistant\b"
    r"|<\|start_header_id\|>\s*assistant\s*<\|end_header_id\|>"
    r"|<\|(?:assistant|chatbot_token)\|>"
    r"|<\|channel\|>\s*final\s*<\|message\|>"
    r"|<start_of_turn>\s*model\b"
    r"|\[/INST\]"
    r"|\b(?-i:ASSISTANT|Assistant)\**[ ]?:"
    r"|^[ >*#]*(?:assistant|response)\**[ ]?:",
    re.IGNORECASE | re.MULTILINE,
)
# The same templates after a decoder has dropped the special tokens: the roles stand alone. Llama's
# leaves no line break before the role, so that it is glued to the end of the prompt.
_ROLES = re.compile(r"^(?:system|user)[ ]?$", re.MULTILINE)
_BARE_ASSISTANT = re.compile(r"(?:assistant|^model)[ ]?$", re.MULTILINE)
_START = re.compile(r"<s>|<bos>|<\|begin_of_text\|>|<pad>|<\|pad\|>")
_END = re.compile(
    r"</s>|<eos>|<end_of_turn>|<end_of_utterance>"
    "|<\\|(?:im_end|eot_id|eom_id|end|return|endoftext|end_of_text|end\u2581of\u2581sentence)\\|>"
)
# Every pattern of `_without_markup` begins with one of these.
_MARKUP = re.compile('[\\\\<*`#$_"\u201c\u201d\u00ab\u00bb]')
_THOUGHT = re.compile(r"<(?P<close>/?)(?:think|thinking|thought|reasoning)>", re.IGNORECASE)

# Letters in a circle, a square or brackets are one character: "Ⓑblue" must not become "Bblue".
_ENCLOSED = {
    first + number: f"({chr(ord('A') + number)}) "
    for first in (0x249C, 0x24B6, 0x24D0, 0x1F110, 0x1F130, 0x1F150, 0x1F170)
    for number in range(26)
}
_FULL_STOPS = {0x3001: ", ", 0x3002: ". "}
_INVISIBLE = dict.fromkeys([0xAD, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFE0F, 0xFEFF])


def spoken(reply: str) -> str:
    """Return what `reply` says in answer.

    Args:
        reply: the text of the model, possibly with the prompt before it.

    Returns:
        The plain text after the last assistant marker, without thoughts (an unclosed one hides
        all that follows it) and without what comes after an end marker; empty if nothing is left.
    """
    text = _first_turn(_without_thoughts(_after_echo(_normal(reply))))
    return _without_markup(text) or text.strip()


def plain(option: str) -> str:
    """Return an option text without Unicode variants and markup; never empty unless it was."""
    text = _normal(option)
    return _without_markup(text) or text.strip()


def comparable(text: str) -> str:
    """Reduce a plain text to what two spellings of it share: no case, article or end mark."""
    words = " ".join(text.casefold().split())
    words = words.lstrip(" '").rstrip(" .,:;!'") or words
    return re.sub(r"^(?:an?|the) (?=\S)", "", words)


def words_of(text: str) -> str:
    """Return the words of a text, each with a space on either side, to look for others among."""
    words = " ".join(re.findall(r"[^\W_]+", text.casefold()))
    return f" {words} "


def _normal(text: str) -> str:
    # One space or line end for a run of them: patterns that begin with a blank stay linear.
    text = re.sub(r"\s+", lambda run: "\n" if "\n" in run[0] or "\r" in run[0] else " ", text)
    if text.isascii():
        return text
    text = text.translate(_ENCLOSED | _FULL_STOPS).translate(_INVISIBLE)
    # Word by word and bounded: normalising a long run of accents takes quadratic time.
    text = re.sub(r"\S{1,400}", lambda word: unicodedata.normalize("NFKC", word[0]), text)
    return re.sub("[\u2018\u2019]", "'", text)


def _after_echo(text: str) -> str:
    ends = [marker.end() for marker in _ASSISTANT.finditer(text)]
    if _ROLES.search(text):
        ends += [marker.end() for marker in _BARE_ASSISTANT.finditer(text)]
    return text[max(ends, default=0) :]


def _without_thoughts(text: str) -> str:
    kept: list[str] = []
    depth = start = 0
    for tag in _THOUGHT.finditer(text):
        if depth == 0:
            kept.append(text[start : tag.start()])
        if not tag["close"]:
            depth += 1
        elif depth:
            depth -= 1
        else:  # The template opened the thought at the end of the prompt.
            kept.clear()
        start = tag.end()
    return "\n".join([*kept, text[start:]] if depth == 0 else kept)


def _first_turn(text: str) -> str:
    turns = (turn for turn in _END.split(_START.sub("", text)) if turn.strip())
    return next(turns, "")


def _without_markup(text: str) -> str:
    if not _MARKUP.search(text):
        return text.strip()
    for _ in range(3):  # \textbf{\text{B}}
        text = re.sub(r"\\(?:text|textbf|mathrm|mathbf)\s*\{([^{}]*)\}", r"\1", text)
    text = re.sub(r"\\(?=[()\[\]])", "", text)
    text = re.sub(r"</?(?:b|i|em|strong|u|p|code)>", "", text)
    text = re.sub(r"<([A-Z])>", r"(\1)", text)
    text = re.sub('[*`#$"\u201c\u201d\u00ab\u00bb]', "", text)
    # Underlines inside a word stay; this form is linear in a run of them, two look-arounds are not.
    text = re.sub(r"(?<=[^\W_])(_+)(?=[^\W_])|_+", r"\1", text)
    return text.strip()
