"""Read which option a reply chooses, without ever guessing.

A reply is first reduced to what it says in answer (`reply_text`): a repeated prompt, thoughts and
markup do not count. If it is nothing but letters and option texts, these decide. Otherwise the
patterns are tried in order, from the most explicit to the least. The first one that finds a claim
decides; if its claims name different options, no option was chosen. What a claim names is read in
`claims`. The main forms and their outcomes:

    B, b., (B), (B) red, Answer: B, The answer is (B)., **B**, \\boxed{B}    answered
    red, It is red., Red, because ...                                     answered
    reasoning, then one of these on a line of its own or after "answer"   answered
    a full-width, circled, bold, Cyrillic or Greek letter that looks so   answered
    A or B, "(B) cat" where cat is option C, (B) and a text not offered   unparsed
    a letter beyond the last option or of an empty one, a mere mention    unparsed
    a repeated prompt with nothing after it, an unfinished thought        unparsed
    I don't know, I'm sorry, None of the above (where it is not offered)  abstained
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from spuriverse.questions.claims import NOT_OFFERED, Offer, read_exactly, read_statement
from spuriverse.questions.corrections import after_correction
from spuriverse.questions.doubts import without_doubted
from spuriverse.questions.finals import read_last_line, without_list
from spuriverse.questions.json_replies import stated_in_json
from spuriverse.questions.patterns import find_lesser, find_statement, only_names
from spuriverse.questions.refusals import refuses
from spuriverse.questions.reply_text import normal, reduce_reply, unmarked, words_of
from spuriverse.questions.thoughts import begins_with_thought, without_thoughts
from spuriverse.questions.turns import before_question, before_role
from spuriverse.questions.verdicts import only_ticked, read_verdicts


class Outcome(StrEnum):
    """The outcome of asking a question."""

    ANSWERED = "answered"
    """The reply chooses one option."""
    ABSTAINED = "abstained"
    """The model declines to choose."""
    UNPARSED = "unparsed"
    """The reply chooses no option, several, or one that does not exist."""
    EMPTY = "empty"
    """The model reasoned and said nothing; the parser never returns this."""
    FAILED = "failed"
    """There is no reply; the parser never returns this."""


@dataclass(frozen=True)
class Answer:
    """The outcome of one reply.

    Attributes:
        outcome: what came of it.
        choice: the 0-based index of the chosen option, or None unless the outcome is answered.

    Raises:
        ValueError: a choice without the outcome answered, or the other way round.
    """

    outcome: Outcome
    choice: int | None = None

    def __post_init__(self) -> None:
        if (self.outcome is Outcome.ANSWERED) != (self.choice is not None):
            raise ValueError(f"outcome {self.outcome} does not go with choice {self.choice}")


def parse_reply(reply: str, options: Sequence[str]) -> Answer:
    """Find the option that `reply` chooses.

    Args:
        reply: the text of the model, with or without the prompt and reasoning around the answer.
        options: the option texts in the order in which the prompt showed them, lettered from A. An
            empty one keeps its letter and is never chosen.

    Returns:
        `answered` with the index of the option; `abstained` if the reply declines to choose;
        `unparsed` if it names no option, several, one that is empty or beyond the last, or a
        letter together with a text that is not the text of that letter's option.
    """
    return _parse_plainest(reply, options) or _parse_any(reply, tuple(options))


def _parse_plainest(reply: str, options: Sequence[str]) -> Answer | None:
    """Read "(B) red" if it is just that; recorded replies are nearly all of this form."""
    match = _PLAINEST.fullmatch(reply)
    if match is None or (choice := ord(match[1]) - ord("A")) >= len(options):
        return None
    return Answer(Outcome.ANSWERED, choice) if options[choice] == match[2] else None


# The images of a candidate share its question, and models answer many of them in the same words.
@lru_cache(maxsize=4_096)
def _parse_any(reply: str, options: tuple[str, ...]) -> Answer:
    offer = Offer.of(options)
    text = normal(reply)
    if begins_with_thought(text):
        text = without_thoughts(text)
    if (head := before_role(text)) and (firm := _parse_firm(reduce_reply(head), offer)):
        return firm
    reduced = reduce_reply(text)
    if (head := before_question(reduced)) and (own := _parse_reduced(head, offer)):
        return own
    if head and not _restates(reduced[len(head) :], offer):
        return Answer(Outcome.UNPARSED)
    return _parse_reduced(reduced, offer) or Answer(Outcome.UNPARSED)


def _parse_firm(reply: str, offer: Offer) -> Answer | None:
    """Read what stands before another turn: an answer only if nothing else can be meant.

    It may be the beginning of a repeated prompt, which may well mention a letter.
    """
    text = unmarked(stated_in_json(reply)[1], offer.kept)
    claims = _read_all(text, offer) or _read_all(text.partition("\n")[0], offer)
    claims = claims or find_statement(without_doubted(text, offer.texts), offer)
    return _decide(claims, text, offer) if claims else None


def _read_all(text: str, offer: Offer) -> set[int]:
    return set() if only_names(text) else read_exactly(text, offer)


def _restates(reply: str, offer: Offer) -> bool:
    """Whether a question within a reply is the one that was asked: it lists the same options."""
    words = words_of(reply)
    return all(wanted in words for wanted in offer.words if wanted.strip())


def _parse_reduced(reply: str, offer: Offer) -> Answer | None:
    """Read what a reply says; None if it neither claims anything nor declines."""
    text = unmarked(reply, offer.kept)
    if claims := _read_all(text, offer):
        return _decide(claims, text, offer)
    stated, reply = stated_in_json(reply)
    if stated:
        values = [unmarked(value, offer.kept) for value in stated]
        claims = set().union(
            *(read_statement(one, offer) or find_statement(one, offer) for one in values)
        )
        return _decide(claims, "\n".join(values), offer)
    plain = only_ticked(without_list(unmarked(reply, offer.kept), offer))
    standing = after_correction(plain, lambda part: bool(_stated(part, offer)))
    firm = without_doubted(standing, offer.texts)
    claims = _last_line(firm, offer) or read_verdicts(standing, offer)
    if claims := claims or find_statement(firm, offer):
        return _decide(claims, text, offer)
    if refuses(text, offer):
        return Answer(Outcome.ABSTAINED)
    claims = find_lesser(firm, offer)
    return (_chosen(claims, offer) or Answer(Outcome.UNPARSED)) if claims else None


def _stated(text: str, offer: Offer) -> set[int]:
    firm = without_doubted(text, offer.texts)
    return _last_line(firm, offer) or find_statement(firm, offer)


def _last_line(text: str, offer: Offer) -> set[int]:
    claims, after = read_last_line(text, offer)
    return claims | find_statement(after, offer) if claims and after.strip() else claims


def _decide(claims: set[int], text: str, offer: Offer) -> Answer:
    if chosen := _chosen(claims, offer):
        return chosen
    return Answer(Outcome.ABSTAINED if refuses(text, offer) else Outcome.UNPARSED)


def _chosen(claims: set[int], offer: Offer) -> Answer | None:
    choice = next(iter(claims)) if len(claims) == 1 else NOT_OFFERED
    return Answer(Outcome.ANSWERED, choice) if offer.text_at(choice) else None


# Only words without marks, of which the general way provably makes the same choice.
_PLAINEST = re.compile(r"\(([A-Z])\) ([A-Za-z0-9]+(?: [A-Za-z0-9]+)*)")
