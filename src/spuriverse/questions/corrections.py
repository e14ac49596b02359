"""Leave out what a reply takes back: "A. Oops, I misread the options: B" says B."""

import re
from collections.abc import Callable

# What was said before these is taken back, whatever follows.
_TAKEN_BACK = re.compile(
    r"\b(?:no|nope),?\s+(?:it|that|this)(?:'s|\s+is|\s+was)\s+(?:wrong|incorrect|not\s+(?:right|correct)|false)\b[^\w(\n]*"
    r"|\bhmm+,?\s+wait\b[^\w(\n]*|\bactually,?\s+(?=(?:the|my)\s+(?:\w+\s+)?answer\b)|\bI\s+meant\s+"
    r"|"
    r"\bcorrection\s*:\s*|\.\.\.\s*no\b[^\w(\n]*|\b(?:wait,?\s+no|no,?\s+wait|actually,?\s+no|(?:scratch|strike|forget)\s+that|on\s+second\s+thoughts?"
    r"|I\s+(?:was\s+(?:wrong|mistaken)|made\s+a\s+mistake|take\s+(?:that|it)\s+back|stand\s+corrected"
    r"|(?:must|need\s+to|have\s+to|should)\s+correct\s+(?:myself|my|that))"
    r"|(?:let\s+me|I'll|I\s+will)\s+(?:correct|revise)\b"
    r"|(?:I|I'll|let\s+me)\s+(?:change|revise|reconsider)\s+my\s+(?:mind|answer|choice)"
    r"|(?:upon|on|after)\s+(?:reflection|reconsideration|closer\s+inspection|reconsidering))\b[^\w(\n]*"
    r"|(?:answer|guess|choice)\b[^.!?\n]{1,80}[.!?]\s+(?:(?:but|no|hmm|wait),?\s+)?(?:[^.!?\n]{0,60},\s+)?"
    r"(?:that|this|it)(?:'s|\s+is|\s+was|\s+cannot\s+be|\s+can't\s+be|\s+isn't)\s+(?:\w+\s+)?"
    r"(?:not\s+)?(?:wrong|incorrect|right|correct|mistaken|false)\b[^\w(\n]*",
    re.IGNORECASE,
)
_APPROVES = re.compile(
    r"(?:'s|\s+is|\s+was)\s+(?:\w+ly\s+)?(?:right|correct)\b[^\w(\n]*\Z", re.IGNORECASE
)

# These begin anew only if an answer follows: "B. Actually, this is plain to see" says B.
_BEGINS_ANEW = re.compile(
    r"\b(?:oops|whoops|my\s+(?:bad|mistake|error))\b[^\w(\n]*"
    r"|\b(?:no|hmm+|wait|sorry|apologies|pardon|hold\s+on|rather|or\s+rather|well|ah|oh)[,:]\s+"
    r"(?:(?:sorry|wait|actually|no|hmm+),?\s+)*(?:I\s+meant?\s+)?"
    r"|\b(?:actually|hold\s+on|wait)\b[^\w(\n]*|\bI\s+meant?\s+(?!,)"
    r"|\b(?:edit|edited|update|erratum|corrected|revised|changed)\s*:\s*"
    r"|(?=\b(?:revised|corrected|updated|new|changed|second)\s+(?:final\s+)?"
    r"(?:answer|choice|guess)\b)"
    r"|\b(?:on|upon|after|at|with)\s+(?:an?\s+)?(?:closer|second|further|careful|another|nearer|more"
    r"\s+careful)\s+(?:look|inspection|examination|thoughts?|view|glance|reading|consideration)\b"
    r"[^\w(\n]*"
    r"|\b(?:looking|checking|thinking|zooming|reading)\s+(?:(?:it|at\s+it|the\s+\w+|at\s+the\s+\w+)"
    r"\s+)?(?:again|closer|back|in|more\s+\w+ly|once\s+more)\b[^\w(\n]*"
    r"|\b(?:let\s+me|I'll|I\s+(?:will|should|must)|let's)\s+(?:double-?\s?check|re-?check|re-?examine"
    r"|reconsider|verify|(?:look|think|check)\s+(?:again|once\s+more|closer))\b[^\w(\n]*"
    r"|\bupon\s+\w+\s+examination\b[^\w(\n]*|\b(?=it\s+turns\s+out\b)"
    r"|\b(?:up)?on\s+re-?\w+ing\b[^\w(\n]*"
    r"|(?=\b(?:change|changing|revise|switch|update)\s+(?:it|that|this|my\s+\w+)\s+to\b)"
    r"|(?=\bI(?:'d)?\s+(?:now|then)\s+\w+)|\bchanged?\s+(?:my|the)\s+(?:mind|answer)\b[^\w(\n]*"
    r"|\b(?:nein|moment|halt|korrektur|quatsch|doch\s+nicht)[,:.]\s+|\b(?:genauer\s+betrachtet"
    r"|bei\s+genauerem\s+hinsehen|ich\s+korrigiere(?:\s+mich)?)\b[^\w(\n]*"
    r"|\b(?:non|attendez|correction|pardon|en\s+fait|finalement|à\s+bien\s+y\s+regarder)[,:.]?\s+"
    r"|\b(?:espera|corrección|perdón|en\s+realidad|mejor\s+dicho|pensándolo\s+bien)[,:.]?\s+"
    r"|\b(?:espere|correção|desculpe|na\s+verdade|pensando\s+melhor|aliás|ou\s+melhor)[,:.]?\s+"
    r"|(?:等等|不对|不對|更正|修正|纠正|再看|仔细看|其实|實際上|实际上)[^\w(\n]*"
    r"|(?:いや|待って|訂正|よく見ると|やはり|実際には)[^\w(\n]*",
    re.IGNORECASE,
)
_FINAL = re.compile(
    r"^[ >\u2022*#-]*(?:(?:so|thus|hence|therefore),?\s+)?(?:(?:the|my)\s+)?"
    r"final\s+(?:answer|choice)\b",
    re.IGNORECASE | re.MULTILINE,
)
_MOST_TRIED = 8


def after_correction(text: str, states: Callable[[str], bool]) -> str:
    """Return what a reply says after it last took back what it had said; all if it never did.

    Args:
        text: what the reply says, without markup.
        states: tells of a part of the reply whether it puts an answer. Softer words ("actually",
            "looking again") take something back only if one follows.
    """
    begins = 0
    for taken_back in _TAKEN_BACK.finditer(text):
        if not _APPROVES.search(taken_back[0]):
            begins = taken_back.end()
    finals = list(_FINAL.finditer(text))
    softer = [found.end() for found in _BEGINS_ANEW.finditer(text)]
    softer += [finals[0].start()] if len(finals) == 1 else []
    for end in sorted((end for end in softer if end > begins), reverse=True)[:_MOST_TRIED]:
        if states(text[end:]):
            return text[end:]
    return text[begins:]
