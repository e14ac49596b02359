"""Take out of a reply what it does not claim: what it denies, doubts or supposes."""

import re
from collections.abc import Sequence

from spuriverse.questions import languages

_SAY = (
    r"(?:think|believe|say|claim|mean|confirm|conclude|agree|tell|know|imply|suggest|support"
    r"|guarantee|assert|argue|assume|suppose|expect|guess|feel|see\s+why|be\s+(?:sure|certain)"
    r"|sure|certain|convinced|verify|establish|prove|choose|pick|select|answer|go\s+(?:with|for))\w*"
)
_NOT = r"(?:not|\w+n't|cannot|can\s?not|never|hardly|neither|unable\s+to)"
_OTHERS = (
    r"(?:one|you|they|he|she|someone|somebody|nobody|no\s+one|people|many|some|others?|anyone|everyone|most"
    r"|the\s+user|(?:some|many|other|most)\s+(?:people|models|readers|viewers)"
    r"|an?\s+(?:\w+\s+)?(?:person|viewer|reader|model|observer|look|glance))"
)
# What follows one of these in its clause is not said by the model.
_DENIES = rf"""
    \b{_NOT}\s+(?:(?!I\b)\w+\s+){{0,4}}?{_SAY}\b
    | \b{_NOT}\s+(?:\w+\s+){{0,2}}?(?:clear|true|right|correct|the\s+case|possible|fair|safe)\s+
      (?:that|to|whether|if)\b
    | \b(?:wrong|incorrect|false|mistaken?|mistake|premature|hasty|misleading|tempting|easy|hard
       |difficult|unlikely|impossible|error)\s+(?:to|that)\b
    | \b(?:tempt|mislead|trick|fool|lead|lure)\w*\s+(?:\w+\s+){{0,3}}?(?:to|into)\s+\w+
    | (?<!no\s)(?<!not\s)(?<!n't\s)(?<!out\sa\s)(?<!out\s)(?<!beyond\s)
      \b(?:doubt|deny|denies|disagree|reject|refuse|dismiss)\w*\b | \brul(?:e|es|ed|ing)\s+out\b
    | \b(?:by\s+no\s+means|under\s+no\s+circumstances|far\s+from|not\s+necessarily)\b
    | \b(?:little|scant|nothing|questionable|contrary)\s+(?:evidence|reason|to|that|suggests)\b
    | \b(?:unsure|uncertain|unclear|no\s+(?:evidence|reason|proof|way|sign|hint|guarantee))\b
    | \b\w+\s+(?:might|may|could)\s+(?:\w+ly\s+|first\s+|well\s+|at\s+first\s+)?{_SAY}\b
    | \b{_OTHERS}\s+(?:often\s+|usually\s+)?{_SAY}\b
    | \b{_OTHERS}(?:\s+\w+){{0,6}}?\s+would\s+(?:\w+ly\s+)?{_SAY}\b
    | \b(?:can(?:not|'t|\snot)|could(?:n't|\snot)|must(?:n't|\snot))\s+be\b | \bhardly\b
    | \b(?:at\s+first(?:\s+(?:glance|sight))?|initially|originally|at\s+a\s+glance)\b,?
    | \bI\s+(?:first\s+|initially\s+)?(?:thought|believed|assumed|guessed|considered)\b
    | \bI\s+used\s+to\s+\w+ | \bhesitat\w+\s+to\b | \b(?:trap|temptation|fallacy)\s+(?:to|that)\b
    | \b(?:idea|notion|claim|suggestion|assumption|belief|myth|statement)\s+that\b
    | \b(?:chance|possibility|possible|conceivable|arguable|plausible|risk)\s+that\b
    | \A\W*(?:even\s+)?(?:although|though|while)\b
    | \b(?:avoid|beware\s+of)\b
    | \b(?:answer|choice|option)\s+(?:that\s+)?(?:\w+\s+)?(?:people|models|readers|viewers
      |others)\s+
      (?:\w+\s+)?\w+\b
    | \b(?:whether|wonder\w*)\b
    | \b(?:what\s+if|let(?:'s|\s+us)\s+(?:suppose|assume|imagine|say)|suppose|supposing|imagine)\b
    | \b(?:might|may|could)\s+(?:also\s+|well\s+)?be\b | \b(?:maybe|perhaps|possibly)\b
    | \b(?:first|initial|earlier|previous|preliminary|draft|original|usual|common|typical
       |tempting|obvious|na[i\u00ef]ve|misleading|biased|wrong|incorrect|false)\s+
       (?:\w+\s+)?(?:answer|guess|choice|thought|instinct|impression|idea)\b
"""
# "I'd pick B if I had to" and "even if" suppose nothing about the answer.
_SUPPOSES = r"""
    (?<!\beven\s)(?<!\bas\s)\b(?:if(?!\s+(?:I\s+(?:had|have|must|were|am|'m|can\s+only|recall)
      |I'm|anything|forced|pressed|asked|required|only\s+one|not\b
      |(?:I|we|you|one)\s+(?:look|zoom|consider|examine|compare|go|focus|judge|ask)))
    |unless|only\s+if|provided\s+that|assuming|presuming|in\s+case|as\s+long\s+as|were\s+it|had\s+it)\b
    | \A\W*(?:were|had|should)\s+(?:it|there|the|this|that|these|those)\b
    | \bin\s+the\s+(?:event|case)\s+(?:that|of)\b | \b(?:on|under)\s+(?:the\s+)?condition\s+that\b
    | ,\s+(?:were|had)\s+(?:it|the|this|that)\b
    | \A\W*(?:assume|provided)\b(?!\s+by\b)
    | \bhypothetically\b | \bfor\s+the\s+sake\s+of\s+argument\b
    | \bin\s+(?:that|another|a\s+different)\s+(?:case|light|picture|image|context|scene)\b
    | \A\W*without\s+(?:the|this|that|its|these)\b(?=[^.\n]{0,80}\bwould\b)
    | \A\W*(?:only\s+)?(?:when(?:ever)?|where(?:ver)?|once)\s+(?!(?:I|we|you|one|all|everything)\b
      |\w+ing\b|it\s+comes\b|(?:\w+ly\s+)?(?:asked|zoomed|viewed|seen|compared|examined|considered)\b
      |[^,\n]{1,80}\b(?:examined|considered|viewed|inspected|looked\s+at|combined|weighed|compared)\b)
    | \bwhenever\s+(?:the|an?|it|there)\b
"""
_ENGLISH_DENIAL = re.compile(_DENIES, re.IGNORECASE | re.VERBOSE)
_FOREIGN_DENIAL = re.compile(languages.DOUBT, re.IGNORECASE)
_FOREIGN_SUPPOSITION = re.compile(languages.SUPPOSES, re.IGNORECASE)
_NEGATION = re.compile(languages.NEGATION, re.IGNORECASE)
_CAPITAL = re.compile(r"(?<![\w'-])[A-HJ-Z](?![\w'-])")
_LONE_LETTER = re.compile(r"(?<![\w'-])(?:[B-HJ-Zb-hj-z]|[(\[][A-Za-z][)\]]|A(?=\W*$))(?![\w'-])")
_SUPPOSITION = re.compile(_SUPPOSES, re.IGNORECASE | re.VERBOSE)
_CLAUSE_LEFT = re.compile(r"[^,]*(?:,\s*(?:dass|ob|que|wenn|that|whether|if)\b[^,]*)*")
_REASON = re.compile(r"\b(?:because|since|as|although|though|while|for)\b", re.IGNORECASE)

_SENTENCE = re.compile(r"[^.!?;\n]*(?:[.!?;](?!\s|$)[^.!?;\n]*)*[.!?;\n]*")
_RESET = re.compile(
    r"[,\u2013\u2014-]?\s*\b(?:but|however|therefore|thus|hence|nevertheless|nonetheless|(?<=, )yet"
    r"|(?<!not )(?<!n't )(?<!if )so(?!\s+(?:far|called|that|sure|certain|clear|quick|easy))"
    rf"|{languages.RESET})\b|,\s?(?:但|不过|所以|因此|而是|しかし|だから|したがって|よって)",
    re.IGNORECASE,
)
_CONTRADICTS = re.compile(
    r",?\s*(?:but|however,?)\s+(?:that|this|it)(?:'s|\s+is|\s+would\s+be)\s+(?:\w+ly\s+)?"
    r"(?:misleading|wrong|incorrect|not\s+(?:so|right|correct|true|the\s+case)|false|a\s+trap)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\W*(?:(?:so|hmm|wait|but),?\s+)?(?:(?:is|are|was|could|would|should|might|does|do|did|can|why"
    r"|which|what|how|who)\b|[^?\n]{0,200}\b(?:answer|choice|antwort|réponse|respuesta|resposta)\b"
    r"|[^?\n]{0,100}(?:答案|答え|正解))[^?\n]{0,300}\?\s*\Z",
    re.IGNORECASE,
)

_CUES = (_ENGLISH_DENIAL, _FOREIGN_DENIAL, _SUPPOSITION, _FOREIGN_SUPPOSITION, _RESET)


def without_doubted(text: str, options: Sequence[str]) -> str:
    """Return a plain text without what it denies, doubts, leaves open or only supposes.

    Args:
        text: a reply, or a part of it.
        options: the option texts, without case; words of doubt within them are none.
    """
    hidden = _hide_options(text, options)
    kept: list[str] = []
    for start, end in _clauses(hidden):
        if kept and _CONTRADICTS.match(hidden, start, end):
            kept.pop()
        kept.append(_firm(text[start:end], hidden[start:end], options))
    return "".join(kept)


def _firm(clause: str, hidden: str, options: Sequence[str]) -> str:
    for supposes in (_SUPPOSITION, _FOREIGN_SUPPOSITION):
        if supposed := supposes.search(hidden):
            reason = _REASON.search(hidden, 0, supposed.start())
            end = reason.start() if reason else 0
            clause, hidden = clause[:end] + "\n" * clause.endswith("\n"), hidden[:end]
    for denies in (_ENGLISH_DENIAL, _FOREIGN_DENIAL):
        if denied := denies.search(hidden):
            end = _end_of_denial(hidden, denied)
            if not _names_something(clause[:end], options, _CAPITAL):
                continue  # "Yes, but I am not sure" declines, and denies no option.
            before = clause[: denied.start()]
            if not _names_something(before, options):
                before = ""
            elif not (_NEGATION.match(denied[0]) and before.rstrip().endswith(",")):
                before += "\u2026"  # What it names is left hanging, hence no claim.
            # A line that ends in a denial still ends.
            left = clause[end:] or "\n" * clause.endswith("\n")
            clause, hidden = f"{before} {left}", f"{' ' * len(before)} {hidden[end:] or left}"
    return clause


def _end_of_denial(clause: str, denied: re.Match[str]) -> int:
    left = _CLAUSE_LEFT.match(clause, denied.end())
    return left.end() if left else denied.end()


def _names_something(
    text: str, options: Sequence[str], letter: re.Pattern[str] = _LONE_LETTER
) -> bool:
    if letter.search(text):
        return True
    lower = f" {text.casefold()} "
    found = (re.search(rf"(?<!\w){re.escape(option)}(?!\w)", lower) for option in options if option)
    return any(found)


def _clauses(text: str) -> list[tuple[int, int]]:
    """The sentences but questions, parted where a "but" or "so" begins a clause of its own."""
    places = []
    for sentence in _SENTENCE.finditer(text):
        if _ASKS.match(sentence[0]):
            continue
        start = sentence.start()
        for reset in _RESET.finditer(text, sentence.start(), sentence.end()):
            if reset.start() > start:
                places.append((start, reset.start()))
                start = reset.start()
        if start < sentence.end():
            places.append((start, sentence.end()))
    return places


def _hide_options(text: str, options: Sequence[str]) -> str:
    for option in options:
        if any(p.search(option) for p in _CUES):
            text = re.sub(
                re.escape(option), lambda found: "x" * len(found[0]), text, flags=re.IGNORECASE
            )
    return text
