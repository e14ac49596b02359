"""Ask a remote model every question of a table; its replies are texts that are parsed."""

import logging
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from spuriverse.models.answering import questions_of
from spuriverse.models.remote.chat import Message, image_part, user_message
from spuriverse.models.remote.concurrency import map_concurrently
from spuriverse.models.remote.endpoint import CONTENT_FILTER, RequestFailed, RequestRefused
from spuriverse.models.remote.remote_model import EMPTY, RemoteModel
from spuriverse.models.unread import warn_of_unread
from spuriverse.problems import Problem
from spuriverse.questions import (
    LETTERS,
    PROTOCOL,
    STRATEGIES,
    Answer,
    Outcome,
    Question,
    Strategy,
    parse_reply,
    render_prompt,
)
from spuriverse.tables import content_sha256

WITHHELD = "[withheld by the content filter of the server]"
"""Stands before what the server let through of such a reply."""

BLIND = "blind"
"""The variant of a strategy that sends no image: `direct+blind`."""

TOO_MANY = 3
"""So many requests in a row that are called wrong in the same words stop the job."""

_NUMBERS = re.compile(r"\b[0-9a-f-]*\d[0-9a-f-]*\b", re.IGNORECASE)
_LAST_LINE = '"Answer: (X)"'

log = logging.getLogger(__name__)


def answer_remotely(
    model: RemoteModel,
    samples: pd.DataFrame,
    *,
    strategy: str = "direct",
    strategies: Mapping[str, Strategy] = STRATEGIES,
) -> pd.DataFrame:
    """Ask a remote model every question of `samples`, and parse its replies.

    What is in the model's store already is not asked again. A reply that the content filter of
    the server withheld is an abstention. A request that came to nothing has the outcome `failed`
    and is sent anew by the next call; so has a question whose image cannot be used, or that the
    server calls wrong. Three in a row that are called wrong in the same words stop the job.

    Args:
        model: Who is asked.
        samples: Columns sample_id, image, question, options, answer; one row per question.
        strategy: Prompting strategy, with its variant after a plus sign if there is one, such as
            `direct+shuffle-1`. The variant `blind` sends no image; others change nothing here.
        strategies: Templates of the strategies by name.

    Returns:
        A `responses` table, in the order of `samples`; `tokens` are those of the reply.

    Raises:
        Problem: The strategy is unknown, no request can succeed, the server calls a request wrong,
            the budget is used up, or every request failed.
    """
    shown = sends_image(strategy)
    rows = list(zip(samples["sample_id"], samples["image"], questions_of(samples), strict=True))

    refusals = _Refusals()

    def ask(row: tuple[str, str, Question]) -> _Answered:
        sample_id, image, question = row
        prompt = prompt_of(question, strategy, strategies)
        try:
            part = image_part(image) if shown else None
        except Problem as problem:
            log.warning("%s: %s", sample_id, problem)
            return _Answered(prompt, Outcome.FAILED, failure=str(problem))
        chat = [user_message(prompt, part)]
        try:
            reply = _answered(model, question, prompt, chat, strategy, strategies)
        except RequestRefused as refusal:
            if refusals.add(str(refusal)):
                raise Problem(
                    f"Model {model.name} cannot be asked about {sample_id}: {refusal}, as"
                    f" {TOO_MANY} times in a row; correct its entry in models or leave such samples"
                    " out, and run again: replies so far are kept."
                ) from None
            log.warning("%s: %s", sample_id, refusal)
            return _Answered(prompt, Outcome.FAILED, failure=str(refusal))
        except RequestFailed as failure:
            log.warning("%s: %s", sample_id, failure)
            return _Answered(prompt, Outcome.FAILED, failure=str(failure))
        refusals.clear()
        return reply

    answered = map_concurrently(
        ask,
        rows,
        workers=model.concurrency,
        desc=f"asking {model.name}, {strategy}",
        unit="question",
    )
    _report(answered, samples["sample_id"].tolist(), model.name)
    responses = pd.DataFrame(
        {
            "sample_id": samples["sample_id"].tolist(),
            "model": model.name,
            "strategy": strategy,
            "protocol": PROTOCOL,
            "reply": [one.reply for one in answered],
            "outcome": [str(one.outcome) for one in answered],
            "choice": pd.array([one.choice for one in answered], dtype="Int64"),
            "option_scores": [[] for _ in answered],
            "prompt_sha256": [content_sha256(one.prompt) for one in answered],
            "seconds": [one.seconds for one in answered],
            "tokens": [one.tokens for one in answered],
        }
    )
    warn_of_unread(responses, [one.cut for one in answered], model.name)
    return responses


def prompt_of(
    question: Question, strategy: str, strategies: Mapping[str, Strategy] = STRATEGIES
) -> str:
    """Return the text that asks a question by a strategy, whatever its variant."""
    return render_prompt(question, strategy.partition("+")[0], strategies=strategies)


def sends_image(strategy: str) -> bool:
    """Whether a strategy shows the image: all do but their variant `blind`."""
    return BLIND not in strategy.split("+")[1:]


@dataclass(frozen=True)
class _Answered:
    prompt: str
    outcome: Outcome
    reply: str = ""
    choice: int | None = None
    seconds: float = 0.0
    tokens: int = 0
    failure: str = ""
    cut: bool = False


class _Refusals:
    """Counts requests in a row that a server calls wrong in the same words."""

    def __init__(self) -> None:
        self._last = ""
        self._count = 0
        self._lock = threading.Lock()

    def add(self, reason: str) -> bool:
        """Count one; whether they are too many to go on."""
        words = _NUMBERS.sub("#", reason)
        with self._lock:
            self._count = self._count + 1 if words == self._last else 1
            self._last = words
            return self._count >= TOO_MANY

    def clear(self) -> None:
        """Begin anew, after a request that was taken."""
        with self._lock:
            self._last, self._count = "", 0


def answer_schema(
    question: Question,
    reply_format: str,
    strategy: str,
    strategies: Mapping[str, Strategy] = STRATEGIES,
) -> dict[str, Any] | None:
    """Return the form of the reply to a question: one of the letters, and what leads to it.

    Args:
        question: The question.
        reply_format: `text` or `json`.
        strategy: Prompting strategy; one that asks for reasoning leaves room for it.
        strategies: Templates of the strategies by name.

    Returns:
        A JSON schema; None for `text`. Options that are empty have no letter to choose.
    """
    if reply_format != "json":
        return None
    letters = [letter for letter, text in zip(LETTERS, question.options, strict=False) if text]
    properties: dict[str, Any] = {"answer": {"type": "string", "enum": letters}}
    if _LAST_LINE in strategies[strategy.partition("+")[0]].template:
        properties = {"reasoning": {"type": "string"}} | properties
    return {
        "title": "answer",
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _answered(
    model: RemoteModel,
    question: Question,
    prompt: str,
    chat: list[Message],
    strategy: str,
    strategies: Mapping[str, Strategy],
) -> _Answered:
    schema = answer_schema(question, model.reply_format, strategy, strategies)
    reply = model.reply(chat, json_schema=schema, temperature=model.temperature, in_words=False)
    text, answer = reply.text, parse_reply(reply.text, question.options)
    if reply.finish_reason == CONTENT_FILTER:
        text, answer = f"{WITHHELD} {reply.text}".strip(), Answer(Outcome.ABSTAINED)
    elif reply.finish_reason == EMPTY:
        answer = Answer(Outcome.EMPTY)
    return _Answered(
        prompt,
        answer.outcome,
        text,
        answer.choice,
        reply.seconds,
        reply.completion_tokens,
        cut=reply.finish_reason == "length",
    )


def _report(answered: list[_Answered], sample_ids: list[str], name: str) -> None:
    failed = [
        (sample_id, one.failure)
        for sample_id, one in zip(sample_ids, answered, strict=True)
        if one.outcome is Outcome.FAILED
    ]
    if failed and len(failed) == len(answered):
        raise Problem(
            f"All {len(answered)} requests to model {name} failed, the first because"
            f" {failed[0][1]}; correct its entry in models, or wait, and run again."
        )
    if failed:
        log.warning(
            "%d of %d requests to model %s failed, %s first; run the step again to retry.",
            len(failed),
            len(answered),
            name,
            failed[0][0],
        )
