"""Read a list that gives its verdict on every option: "A: wrong", "B: right", or a box ticked."""

import re

from spuriverse.questions.claims import Offer, indices_of, read_exactly

_TICKED = re.compile(
    "^[ >*\u2022-]*"
    "(?:\\[[ ]?[xX\u2713\u2714][ ]?\\]|[\u2611\u2612\u25c9\u25cf\u2705\u2714\u2713])[ ]?"
)
_UNTICKED = re.compile(
    "^[ >*\u2022-]*(?:\\[[ ]{0,3}\\]|[\u2610\u25a1\u25cb\u25cc\u274c\u2718\u2717])[ ]?"
)
_RIGHT = (
    r"(?:(?:this|that|it)\s+(?:is|seems|fits|matches)\s+)?(?:correct|right|true|yes|likely|richtig|korrekt|wahr|ja|vrai"
    r"|correcte|exacte|oui|correct[ao]|corret[ao]|cert[ao]|verdadero|sí|sim|\u6b63\u786e|\u5bf9|\u6b63\u89e3"
    "|\u6b63\u3057\u3044|[\u2713\u2714\u2705\u2611\u25cb\u25ef])"
)
_WRONG = (
    r"(?:(?:this|that|it)\s+(?:is|seems)\s+)?(?:incorrect|wrong|false|no|(?:not|un)\s*(?:likely|plausible)|not\s+(?:correct|right|true|a\s+match)"
    r"|eliminated|ruled\s+out|excluded|rejected|falsch|nein|faux|fausse|non|incorrecte|incorrect[ao]|fals[ao]"
    r"|incorret[ao]|errad[ao]|não|\u9519\u8bef|\u4e0d\u6b63\u786e|\u4e0d\u5bf9|\u9519|\u8aa4\u308a|\u9593\u9055\u3044"
    "|\u4e0d\u6b63\u89e3|[\u2717\u2718\u274c\u00d7\u2612])"
)
_VERDICT = re.compile(
    rf"^[ >*\u2022-]*(?:(?i:option|choice|antwort|opción|opção|\u9009\u9879)\s*)?"
    r"(?P<letter>[(\[]?[A-Za-z][)\]]?)"
    r"(?=\W)[^\n]{0,300}?(?:[-=:>.,;\u2013\u2014\u2192(]\s?|\s)"
    rf"(?i:(?P<wrong>{_WRONG})|(?P<right>{_RIGHT}))(?:[,;]?\s(?:because|since|as|due\s+to)\b[^\n]*)?"
    r"[\s.!)\]]*$",
    re.MULTILINE,
)


def only_ticked(text: str) -> str:
    """Return a text without the boxes that it leaves open, and without the box of a ticked line."""
    lines = text.split("\n")
    ticked = [line for line in lines if _TICKED.match(line)]
    if not ticked:
        return text
    kept = [line for line in lines if _TICKED.match(line) or not _UNTICKED.match(line)]
    return "\n".join(_TICKED.sub("", line) for line in kept)


def read_verdicts(text: str, offer: Offer) -> set[int]:
    """Read a list of options, each with its verdict.

    Args:
        text: what the reply says, without markup.
        offer: the options.

    Returns:
        The options that are called right, if another is called wrong; none if there is no such
        list.
    """
    right: set[int] = set()
    wrong: set[int] = set()
    for line in _VERDICT.finditer(text):
        if not read_exactly(line[0], offer):  # An option may read "yes".
            (right if line["right"] else wrong).update(indices_of(line["letter"]))
    return right if wrong and not right & wrong else set()
