"""Ask a model every question of a table."""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
import pandas as pd

from spuriverse.models.classifying import ClassifyingModel
from spuriverse.models.encoding import ImageMemory, InputMemory, Prepared
from spuriverse.models.generation import Generated
from spuriverse.models.images import Album
from spuriverse.models.local import LocalModel
from spuriverse.models.lookahead import one_ahead
from spuriverse.models.spec import Answering
from spuriverse.models.unread import warn_of_unread
from spuriverse.problems import Problem
from spuriverse.progress import progress
from spuriverse.questions import PROTOCOL, Answer, Outcome, Question, parse_reply
from spuriverse.tables import content_sha256

log = logging.getLogger(__name__)

_CHARACTERS_PER_TOKEN = 4
"""Of English text, to add the lengths of prompts and of images."""


@dataclass(frozen=True)
class Variant:
    """One way to ask the questions of a table.

    Attributes:
        samples: Columns sample_id, image, question, options, answer; one row per question.
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
    model: LocalModel | ClassifyingModel,
    samples: pd.DataFrame,
    *,
    strategy: str = "direct",
    batch_size: int = 128,
    answering: Answering = "option_likelihood",
    max_new_tokens: int = 512,
    per_token: bool = False,
    kept: InputMemory | None = None,
) -> pd.DataFrame:
    """Ask a model every question of `samples`.

    Args:
        model: Who is asked.
        samples: Columns sample_id, image, question, options, answer; one row per question.
        strategy: Prompting strategy.
        batch_size: Questions per forward pass; prompts and images of like length share one.
        answering: How it answers: `option_likelihood` chooses the option whose text is the
            likeliest reply, `letter_logits` the option whose letter is the likeliest next token,
            `generate` lets it reply and reads the reply. A model that only tells classes apart
            scores the options in its own way.
        max_new_tokens: Where a reply is cut off.
        per_token: Whether the likelihood per token decides, which does not favour short options,
            or, as by default, the likelihood of the whole text.
        kept: Of one checkpoint, whose processor prepares every question once for all calls.

    Returns:
        A `responses` table, in the order of `samples`; the scores are those that decide. A
        question whose image cannot be opened, or is refused by the model's own processor, has the
        outcome `failed`, and the reason in place of its reply. So has one with an option for which
        a model that only tells classes apart has no class.

    Raises:
        Problem: No question can be asked, the strategy is unknown, or the model has no tokens for
            an option or a letter.
    """
    return answer_variants(
        model,
        [Variant(samples, strategy)],
        batch_size=batch_size,
        answering=answering,
        max_new_tokens=max_new_tokens,
        per_token=per_token,
        kept=kept,
    )


def answer_variants(
    model: LocalModel | ClassifyingModel,
    variants: Sequence[Variant],
    *,
    batch_size: int = 128,
    answering: Answering = "option_likelihood",
    max_new_tokens: int = 512,
    per_token: bool = False,
    kept: InputMemory | None = None,
) -> pd.DataFrame:
    """Ask the same questions in several ways: strategies, orders of the options.

    An image is opened and encoded once for all variants that show it.

    Args:
        model: Who is asked.
        variants: At least one; their tables have the same samples in the same order.
        batch_size: As in `answer_samples`.
        answering: As in `answer_samples`.
        max_new_tokens: As in `answer_samples`.
        per_token: As in `answer_samples`.
        kept: As in `answer_samples`.

    Returns:
        The `responses` of the variants, one below the other, each in the order of its samples.

    Raises:
        Problem: As in `answer_samples`.
    """
    way = _Way(answering, max_new_tokens, per_token)
    asked = [_Asked(model, variant, kept) for variant in variants]
    memory = ImageMemory() if len(asked) > 1 else None
    album = Album()
    asked[0].report_refused()
    batches = _batches(asked[0].lengths(), batch_size)
    turns = [(batch, variant) for batch in batches for variant in asked]
    # While the model computes, another thread decodes and prepares what comes next.
    prepared = one_ahead(lambda turn: turn[1].prepare(turn[0], album), turns)
    told = progress(turns, desc=f"asking {model.name}", total=len(turns), unit="batch")
    begun = time.perf_counter()
    for (batch, variant), inputs in zip(told, prepared, strict=True):
        variant.answer(inputs, way, memory)
        ended = time.perf_counter()
        variant.seconds[batch] = (ended - begun) / len(batch)
        begun = ended
    for variant in asked:
        variant.report()
    responses = pd.concat([variant.responses() for variant in asked], ignore_index=True)
    if answering == "generate":
        warn_of_unread(responses, responses["tokens"] >= max_new_tokens, model.name)
    return responses


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


@dataclass(frozen=True)
class _Batch:
    """Questions that are ready to be asked, `prepared`, and why others of their batch are not."""

    questions: list[int]
    prepared: Prepared | None
    faults: dict[int, str]


class _Asked:
    """One variant: its questions, and the replies as they come."""

    def __init__(
        self, model: LocalModel | ClassifyingModel, variant: Variant, kept: InputMemory | None
    ) -> None:
        self.model, self.kept = model, kept
        self.label = variant.label or variant.strategy
        self.ids = variant.samples["sample_id"].tolist()
        self.images = variant.samples["image"].tolist()
        self.questions = questions_of(variant.samples)
        self.refused: dict[int, str] = {}
        if isinstance(model, ClassifyingModel):
            self.refused = model.refuse(self.questions)
        self.prompts = model.prompts(self.questions, variant.strategy)
        self.replies: list[Any] = [None] * len(self.ids)
        for i, fault in self.refused.items():
            self.replies[i] = _failed(fault)
        self.seconds = np.zeros(len(self.ids))

    def lengths(self) -> dict[int, int]:
        """About how long each question that is asked is with its image, in characters."""
        tokens = self.model.image_tokens(self.images)
        return {
            i: len(prompt) + _CHARACTERS_PER_TOKEN * n
            for i, (prompt, n) in enumerate(zip(self.prompts, tokens, strict=True))
            if i not in self.refused
        }

    def prepare(self, batch: list[int], album: Album) -> _Batch:
        """Open the images of a batch and prepare them with their prompts.

        Where that fails, the questions are tried one by one: one image that cannot be opened, or
        that the processor refuses, does not take the others with it.
        """
        try:
            return _Batch(batch, self._prepared(batch, album), {})
        except Exception:
            faults = {i: fault for i in batch if (fault := self._fault(i, album))}
        sound = [i for i in batch if i not in faults]
        if not faults:
            return _Batch(batch, self._prepared(batch, album), {})  # says again what is wrong
        return _Batch(sound, self._prepared(sound, album) if sound else None, faults)

    def _prepared(self, batch: list[int], album: Album) -> Prepared:
        paths, prompts = ([known[i] for i in batch] for known in (self.images, self.prompts))

        def make() -> Prepared:
            return self.model.prepare(album.open(paths), prompts)

        return make() if self.kept is None else self.kept.of(paths, prompts, make)

    def _fault(self, i: int, album: Album) -> str:
        """Why a question cannot be asked; empty if it can."""
        try:
            self._prepared([i], album)
        except Problem as problem:
            return str(problem)
        except Exception as error:
            # Processors refuse images with exceptions of every class.
            reason = " ".join(str(error).split())[:300]
            return f"its processor refuses {self.images[i]} ({type(error).__name__}: {reason})"
        return ""

    def answer(self, batch: _Batch, way: _Way, memory: ImageMemory | None) -> None:
        """Ask the questions of a batch."""
        for i, fault in batch.faults.items():
            log.warning("%s, %s: not asked: %s", self.model.name, self.ids[i], fault)
            self.replies[i] = _failed(fault)
        if batch.prepared is None:
            return
        replies = _ask(
            self.model,
            way,
            batch.prepared,
            [self.questions[i] for i in batch.questions],
            [self.prompts[i] for i in batch.questions],
            memory,
        )
        for i, reply in zip(batch.questions, replies, strict=True):
            self.replies[i] = reply

    def report_refused(self) -> None:
        """Name the options about which a model that only tells classes apart cannot be asked.

        Raises:
            Problem: No question is left.
        """
        if not self.refused or not isinstance(self.model, ClassifyingModel):
            return
        summary = self.model.summarise([self.questions[i] for i in self.refused])
        if len(self.refused) == len(self.questions):
            raise Problem(
                f"None of the {len(self.questions)} questions can be asked of {self.model.name},"
                f" which {summary}; ask it about its own classes, or say in its entry of models"
                " what stands for these (docs/add-a-model.md)."
            )
        log.warning(
            "%d of %d questions are not asked of %s, which %s, and do not count",
            *(len(self.refused), len(self.questions), self.model.name, summary),
        )

    def report(self) -> None:
        """Count what could not be asked.

        Raises:
            Problem: That is every question.
        """
        failed = [i for i, r in enumerate(self.replies) if r.answer.outcome is Outcome.FAILED]
        if failed and len(failed) == len(self.replies):
            raise Problem(
                f"None of the {len(failed)} questions can be asked of {self.model.name}; the first,"
                f" {self.ids[failed[0]]}, is {self.replies[failed[0]].text.strip('[]')}"
            )
        failed = [i for i in failed if i not in self.refused]  # the others were told before
        if failed:
            log.warning(
                "%d of %d questions could not be asked of %s and do not count, %s first",
                len(failed),
                len(self.replies),
                self.model.name,
                self.ids[failed[0]],
            )

    def responses(self) -> pd.DataFrame:
        """The `responses` table of the variant."""
        choices = [reply.answer.choice for reply in self.replies]
        return pd.DataFrame(
            {
                "sample_id": self.ids,
                "model": self.model.name,
                "strategy": self.label,
                "protocol": PROTOCOL,
                "reply": [reply.text for reply in self.replies],
                "outcome": [str(reply.answer.outcome) for reply in self.replies],
                "choice": choices if None not in choices else pd.array(choices, dtype="Int64"),
                "option_scores": [reply.scores for reply in self.replies],
                "prompt_sha256": [content_sha256(prompt) for prompt in self.prompts],
                "seconds": self.seconds,
                "tokens": [reply.tokens for reply in self.replies],
            }
        )


def _failed(fault: str) -> _Reply:
    return _Reply(f"[not asked: {fault}]", Answer(Outcome.FAILED), [])


def _ask(
    model: LocalModel | ClassifyingModel,
    way: _Way,
    prepared: Prepared,
    questions: list[Question],
    prompts: list[str],
    memory: ImageMemory | None,
) -> list[_Reply]:
    if isinstance(model, ClassifyingModel):
        return [
            _likeliest(q, row)
            for q, row in zip(questions, model.option_scores(prepared, questions), strict=True)
        ]
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


def _batches(lengths: Mapping[int, int], size: int) -> Iterator[list[int]]:
    order = sorted(lengths, key=lambda i: (lengths[i], i))
    for start in range(0, len(order), size):
        yield order[start : start + size]
