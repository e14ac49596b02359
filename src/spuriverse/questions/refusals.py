"""Tell a reply that declines to choose."""

import re

from spuriverse.questions import languages
from spuriverse.questions.claims import Offer

_REFUSAL = re.compile(
    r"\b(?:do not|don't) (?:really )?know\b|\b(?:have )?no idea\b|^\W*idk\b"
    r"|\bnot (?:\w+ )?(?:sure|certain|clear|confident)\b|\bun(?:certain|clear)\b"
    r"|(?:^\W*|\bI am |\bI'm )unsure\b"
    r"|\b(?:can't|can ?not|could not|couldn't|unable to|not able to"
    r"|(?:im|not |isn't )possible to)\s+"
    r"(?:be\s+)?(?:\w+ly\s+)?(?:answer|assert|assist|choose|claim|comply|confirm|conclude|verify"
    r"|establish|recogni[sz]e|judge|sure|certain|decide|determine|discern|guarantee|help|identify|"
    r"make out|provide|say|see|tell|view)"
    r"|\b(?:hard|difficult) to (?:answer|be sure|decide|determine|judge|know|say|see|tell)"
    r"(?=\s+(?:if|whether)\b|\W*\Z)"
    r"|\b(?:(?:not|have) enough|insufficient|no|not (?:\w+ )?(?:contain|give|provide|show)"
    r"(?: \w+){0,2}) information\b"
    r"|\b(?:isn't|aren't|is not|are not) enough (?:information|detail|context|evidence)"
    r"|\b(?:I'm|I am|we are|we're) sorry\b|\bI apologi[sz]e\b|^\W*(?:sorry|apologies)\b"
    r"|\bno (?:\w+ )?answer (?:can|could) be (?:given|determined)\b"
    r"|\bas an? (?:AI|(?:large )?language model)\b"
    r"|\bno way (?:to|of) (?:\w+ly )?(?:tell|know|say|see|confirm|determin|be sure|verify)"
    r"|\btoo (?:\w+ )?(?:blurry|blurred|dark|small|unclear|low|far|vague|grainy|ambiguous|dim)\b"
    r"[^.\n]{0,40}?\bto (?:\w+ly )?"
    r"(?:tell|say|see|know|determine|decide|answer|identify|judge|make out|be sure)"
    r"|\b(?:do not|don't) have (?:access|the ability)\b"
    r"|\b(?:decline|refuse|prefer not|rather not|won't) (?:to )?(?:answer|choose|guess|say)\b"
    r"|\bnone of (?:the|these|them)\b"
    rf"|{languages.REFUSAL}"
    r"|\banswer(?: is)?:? (?:unknown|unclear|undetermined)\W*$"
    r"|^\W*(?:unknown|n/a|no answer|none)\W*$",
    re.IGNORECASE,
)


def refuses(text: str, offer: Offer) -> bool:
    """Whether `text` declines, apart from the options that would: "(A) none of the above"."""
    lowered = " ".join(text.casefold().split())
    for option in filter(_REFUSAL.search, offer.texts):
        lowered = lowered.replace(option, " ")
    return bool(_REFUSAL.search(lowered))
