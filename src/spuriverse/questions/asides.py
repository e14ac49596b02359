"""What replies say around their choice without changing it: how sure they are, and on what ground.

"Probably B", "B, I think." and "B (90 % sure)" choose B. What leaves a choice open ("perhaps",
"it could be") is none of these; `doubts` takes it out.
"""

import re

_SURE = (
    r"(?:(?:most|very|quite|fairly|pretty|almost)\s+)?(?:likely|probably|clearly|definitely"
    r"|certainly|surely|obviously|evidently|undoubtedly|presumably|absolutely|simply|still)"
    r"|ganz\s+klar|wahrscheinlich|vermutlich|sicher(?:lich)?|eindeutig|offensichtlich"
    r"|(?:très\s+)?(?:probablement|certainement|clairement|s\u00fbrement)"
    r"|(?:muy\s+)?(?:probablemente|seguramente|claramente)"
    r"|am\s+ehesten|définitivement|definitivamente|provavelmente|certamente"
)
_OPINION = (
    r"I\s+(?:think|believe|guess|suppose|reckon|assume|would\s+(?:say|guess|think))"
    r"|I'd\s+(?:say|guess|think)|(?:I'm|I\s+am)\s+(?:\w+\s+)?(?:sure|certain|confident)"
    r"|to\s+me|in\s+my\s+(?:opinion|view)|as\s+far\s+as\s+I\s+can\s+(?:see|tell)"
    r"|of\s+course|for\s+sure|indeed|no\s+doubt|(?:without|beyond)\s+(?:(?:a|any)\s+)?doubt"
    r"|(?:denke|glaube|meine|schätze)\s+ich|würde\s+ich\s+sagen|meiner\s+meinung\s+nach|natürlich"
    r"|(?:ohne|kein)\s+zweifel"
    r"|je\s+(?:pense|crois|dirais)|à\s+mon\s+avis|bien\s+s\u00fbr|sans\s+(?:aucun\s+)?doute"
    r"|(?:yo\s+)?(?:creo|diría)|en\s+mi\s+opinión|por\s+supuesto|sin\s+(?:ninguna\s+)?duda"
    r"|(?:eu\s+)?(?:acho|diria)|na\s+minha\s+opinião|com\s+certeza|sem\s+(?:nenhuma\s+)?dúvida"
)
_DEGREE = (
    r"(?:with\s+)?(?:very\s+)?(?:high|medium|moderate|low|full|great|\d{1,3}\s?%)\s+"
    r"(?:confidence|certainty|probability)"
    r"|(?:confidence|certainty|probability)(?:\s+is)?\s*:?\s*"
    r"(?:(?:very\s+)?(?:high|medium|moderate|low)|\d{1,3}\s?%|[01]?\.\d+)"
    r"|(?:about\s+|around\s+)?\d{1,3}\s?%(?:\s+(?:sure|certain|confident|likely))?"
    r"|(?:(?:quite|very|fairly|pretty)\s+)?(?:sure|certain|confident)"
)
# After "(B)" alone, a word stands where a text that is not offered would: "(B) confident".
_TICK = "[\u2713\u2714\u2705\u2611\u2b50\u2b05]+"

_LEAD = re.compile(
    rf"^(?:(?:{_SURE}|the|option|choice|letter|answer|therefore|ohne\s+zweifel|sans\s+aucun\s+doute"
    r"|sin\s+duda|sem\s+dúvida|com\s+certeza|(?:(?:la|el|a|o|die|der|das)\s+)?"
    r"(?:opción|opção|alternativ[ae]|variante|letra|lettre|buchstabe|antwort(?:möglichkeit)?|choix"
    r"|réponse|respuesta|resposta)"
    "|\u9009\u9879|\u9078\u9805|\u9078\u629e\u80a2)"
    r",?\s+(?=\S))+",
    re.IGNORECASE,
)
_TAIL = re.compile(
    rf"(?:(?:\s?[,;:.(\[\u2013\u2014-]\s?|(?<![)\]])\s)(?:{_SURE}|{_OPINION}|{_DEGREE}|{_TICK}|\u5427)"
    rf"|\s?{_TICK}|\s?(?:です|でしょう|である|だ))[\s.!)\]]{{0,4}}\Z",
    re.IGNORECASE,
)
_LONGEST_TAIL = 60
_MOST_TAILS = 2


def without_lead(claim: str) -> str:
    """Return a claim without the words that lead up to it: "most likely option B" is "B"."""
    return _LEAD.sub("", claim, count=1)


def without_tail(claim: str) -> str:
    """Return a claim without what it adds on how sure it is: "B, I think." is "B"."""
    for _ in range(_MOST_TAILS):
        tail = _TAIL.search(claim, max(len(claim) - _LONGEST_TAIL, 1))
        if tail is None:
            break
        claim = claim[: tail.start()]
    return claim
