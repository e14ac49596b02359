"""Ask a model every question of a table."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
import pandas as pd

from spuriverse.models.encoding import ImageMemory, Prepared
from spuriverse.models.generation import Generated
from spuriverse.models.images import Album
from spuriverse.models.local import LocalModel
from spuriverse.models.lookahead import one_ahead
from spuriverse.models.spec import Answering
from spuriverse.problems import Problem
from spuriverse.progress import progress
from spuriverse.questions import Answer, Outcome, Question, parse_reply
from spuriverse.tables import content_sha256


@dataclass(frozen=True)
class Variant:
    """One way to ask the questions of a table.

    Attributes:
        samples: Columns sample_id, image, question, options, answer; one row a question.
        strategy: Prompting strategy.
        label: What the column `strategy` says, if there is more to the variant than that: options
            in another order, no image.
    """

    samples: pd.DataFrame
    strategy: str = "direct"
    label: str = ""


def questions_of(samples: pd.DataFrame) -> list[Question]:
    """Return the questions of a table with columns question, options and answer."""
    columns = (samples["question"], samples["options"], samples["answer"])
    return [Question(t, tuple(o), int(a)) for t, o, a in zip(*columns, strict=True)]


def answer_samples(
    model: LocalModel,
    samples: pd.DataFrame,
    *,
    protocol: str,
    strategy: str = "direct",
    batch_size: int = 128,
    answering: Answering = "option_likelihood",
    max_new_tokens: int = 512,
    per_token: bool = False,
) -> pd.DataFrame:
    """Ask a model every question of `samples`.

    Args:
        model: Who is asked.
        samples: Columns sample_id, image, question, options, answer; one row a question.
        protocol: Recorded in every row.
        strategy: Prompting strategy.
        batch_size: Questions a forward pass; prompts of like length share one.
        answering: How it answers: `option_likelihood` chooses the option whose text is the
            likeliest reply, `letter_logits` the option whose letter is the likeliest next token,
            `generate` lets it reply and reads the reply.
        max_new_tokens: Where a reply is cut off.
        per_token: Whether the likelihood per token decides, which does not favour short options,
            or, as by default, the likelihood of the whole text.

    Returns:
        A `responses` table, in the order of `samples`; the scores are those that decide.

    Raises:
        Problem: An image is missing or broken, the strategy is unknown, or the model has no
            tokens for an option or a letter.
    """
    return answer_variants(
        model,
        [Variant(samples, strategy)],
        protocol=protocol,
        batch_size=batch_size,
        answering=answering,
        max_new_tokens=max_new_tokens,
        per_token=per_token,
    )


def answer_variants(
    model: LocalModel,
    variants: Sequence[Variant],
    *,
    protocol: str,
    batch_size: int = 128,
    answering: Answering = "option_likelihood",
    max_new_tokens: int = 512,
    per_token: bool = False,
) -> pd.DataFrame:
    """Ask the same questions in several ways: strategies, orders of the options.

    An image is opened and encoded once for all variants that show it.

    Args:
        model: Who is asked.
        variants: At least one; their tables have the same samples in the same order.
        protocol: As in `answer_samples`.
        batch_size: As in `answer_samples`.
        answering: As in `answer_samples`.
        max_new_tokens: As in `answer_samples`.
        per_token: As in `answer_samples`.

    Returns:
        The `responses` of the variants, one below the other, each in the order of its samples.

    Raises:
        Problem: As in `answer_samples`.
    """
    way = _Way(answering, max_new_tokens, per_token)
    asked = [_Asked(model, variant) for variant in variants]
    memory = ImageMemory() if len(asked) > 1 else None
    album = Album()
    turns = [(b, variant) for b in _batches(asked[0].prompts, batch_size) for variant in asked]
    # While the model computes, another thread decodes and prepares what comes next.
    prepared = one_ahead(lambda turn: turn[1].prepare(turn[0], album), turns)
    told = progress(turns, desc=f"asking {model.name}", total=len(turns), unit="batch")
    begun = time.perf_counter()
    for (batch, variant), inputs in zip(told, prepared, strict=True):
        variant.answer(batch, inputs, way, memory)
        ended = time.perf_counter()
        variant.seconds[batch] = (ended - begun) / len(batch)
        begun = ended
    tables = [variant.responses(protocol) for variant in asked]
    return pd.concat(tables, ignore_index=True)


@dataclass(frozen=True)
class _Way:
    answering: Answering
    max_new_tokens: int
    per_token: bool

    def __post_init__(self) -> None:
        if self.answering not in get_args(Answering):
            raise Problem(
                f"There is no answering protocol {self.answering!r}; use one of"
                f" {', '.join(get_args(Answering))}."
            )


@dataclass(frozen=True)
class _Reply:
    text: str
    answer: Answer
    scores: list[float]
    tokens: int = 0


class _Asked:
    """One variant: its questions, and the replies as they come."""

    def __init__(self, model: LocalModel, variant: Variant) -> None:
        self.model = model
        self.label = variant.label or variant.strategy
        self.ids = variant.samples["sample_id"].tolist()
        self.images = variant.samples["image"].tolist()
        self.questions = questions_of(variant.samples)
        self.prompts = model.prompts(self.questions, variant.strategy)
        self.replies: list[Any] = [None] * len(self.ids)
        self.seconds = np.zeros(len(self.ids))

    def prepare(self, batch: list[int], album: Album) -> Prepared:
        """Open the images of a batch and prepare them with their prompts."""
        images = album.open([self.images[i] for i in batch])
        return self.model.prepare(images, [self.prompts[i] for i in batch])

    def answer(
        self, batch: list[int], prepared: Prepared, way: _Way, memory: ImageMemory | None
    ) -> None:
        """Ask the questions of a batch that is `prepared`."""
        replies = _ask(
            self.model,
            way,
            prepared,
            [self.questions[i] for i in batch],
            [self.prompts[i] for i in batch],
            memory,
        )
        for i, reply in zip(batch, replies, strict=True):
            self.replies[i] = reply

    def responses(self, protocol: str) -> pd.DataFrame:
        """The `responses` table of the variant."""
        choices = [reply.answer.choice for reply in self.replies]
        return pd.DataFrame(
            {
                "sample_id": self.ids,
                "model": self.model.name,
                "strategy": self.label,
                "protocol": protocol,
                "reply": [reply.text for reply in self.replies],
                "outcome": [str(reply.answer.outcome) for reply in self.replies],
                "choice": choices if None not in choices else pd.array(choices, dtype="Int64"),
                "option_scores": [reply.scores for reply in self.replies],
                "prompt_sha256": [content_sha256(prompt) for prompt in self.prompts],
                "seconds": self.seconds,
                "tokens": [reply.tokens for reply in self.replies],
            }
        )


def _ask(
    model: LocalModel,
    way: _Way,
    prepared: Prepared,
    questions: list[Question],
    prompts: list[str],
    memory: ImageMemory | None,
) -> list[_Reply]:
    if way.answering == "generate":
        replies = model.generate(
            prepared, prompts, max_new_tokens=way.max_new_tokens, memory=memory
        )
        return [_read(q, reply) for q, reply in zip(questions, replies, strict=True)]
    if way.answering == "letter_logits":
        scores = model.letter_logits(prepared, questions, prompts, memory=memory)
    else:
        scores = model.option_likelihood(
            prepared, questions, prompts, per_token=way.per_token, memory=memory
        )
    return [_likeliest(q, row) for q, row in zip(questions, scores, strict=True)]


def _read(question: Question, reply: Generated) -> _Reply:
    return _Reply(reply.text, parse_reply(reply.text, question.options), [], reply.tokens)


def _likeliest(question: Question, scores: list[float]) -> _Reply:
    choice = int(np.argmax(scores))
    return _Reply(question.options[choice], Answer(Outcome.ANSWERED, choice), scores)


def _batches(prompts: list[str], size: int) -> Iterator[list[int]]:
    order = sorted(range(len(prompts)), key=lambda i: (len(prompts[i]), i))
    for start in range(0, len(order), size):
        yield order[start : start + size]
