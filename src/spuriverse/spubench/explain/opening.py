"""Open a model that is to be explained, and ask it the plain questions."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from spuriverse.models import ImageMemory, LocalModel, ModelSpec, open_checkpoint, questions_of
from spuriverse.problems import Problem
from spuriverse.questions import CONDITIONS, open_image, render_condition
from spuriverse.world import Words, add_words

PROMPTS = ("plain", *CONDITIONS)
"""What the prompt states before the question: nothing, the core or the spurious attribute."""


@dataclass(frozen=True)
class Answered:
    """Samples, and what a model answers to their plain prompts.

    Attributes:
        rows: Columns of `samples` and `attributes`.
        images: Their images.
        prompts: One of `PROMPTS` -> a prompt per sample, chat template applied.
        answers: The option that the model finds likeliest as a reply to the plain prompt.
        outcomes: "right", "fooled" (it is the class that the spurious attribute leads to) or
            "other".
    """

    rows: list[dict[str, Any]]
    images: list[Image.Image]
    prompts: dict[str, list[str]]
    answers: list[str]
    outcomes: list[str]


def open_explained(
    spec: ModelSpec,
    *,
    threads: int,
    attention: str = "eager",
    words: Words | None = None,
) -> LocalModel:
    """Load a model whose inside is looked at.

    Args:
        spec: The model, which has a checkpoint.
        threads: Threads on the CPU.
        attention: The attention kernel, as transformers calls it.
        words: What a tiny model has learned to read.

    Raises:
        Problem: The checkpoint cannot be loaded, or does not run with the kernel.
    """
    model = open_checkpoint(spec, threads=threads)
    try:
        model.model.set_attn_implementation(attention)
    except (ValueError, ImportError) as error:
        raise Problem(
            f"The model {model.name} does not run with the attention kernel '{attention}'"
            f" ({error}); set explain.attention to eager."
        ) from error
    if words is not None:
        add_words(model.model, model.processor, words)
    return model


def choose_samples(
    samples: pd.DataFrame, attributes: pd.DataFrame, number: int | None = None, seed: int = 0
) -> pd.DataFrame:
    """Return the samples that are explained, with their attributes.

    Args:
        samples: A `samples` table.
        attributes: An `attributes` table.
        number: How many samples to draw; None for all that have attributes.
        seed: Settles which.

    Raises:
        Problem: No sample has attributes.
    """
    joined = samples.drop(columns="attributes").merge(attributes, on="sample_id")
    if joined.empty:
        raise Problem(
            "No sample has core and spurious attributes, so that there is nothing to explain; make"
            " the questions of MM-SpuBench and their table of attributes from one run."
        )
    if number is None or number >= len(joined):
        return joined
    return joined.sample(number, random_state=seed).sort_index().reset_index(drop=True)


def answer_plainly(
    model: LocalModel, rows: pd.DataFrame, memory: ImageMemory | None = None
) -> Answered:
    """Ask a model the questions of `rows` without options, and choose the likeliest of them.

    Args:
        model: Who is asked.
        rows: As `choose_samples` returns them.
        memory: Holds the encoded images for what is asked about them next.

    Raises:
        Problem: An image is missing, or an option has no tokens.
    """
    questions = questions_of(rows)
    images = [open_image(path) for path in rows["image"]]
    texts = {"plain": [question.text for question in questions]}
    for name in CONDITIONS:
        stated = zip(rows["question"], rows[name], strict=True)
        texts[name] = [render_condition(question, attribute) for question, attribute in stated]
    prompts = {name: [model.wrap(text) for text in row] for name, row in texts.items()}
    scores = model.option_likelihood(images, questions, prompts["plain"], memory=memory)
    answers = [q.options[int(np.argmax(s))] for q, s in zip(questions, scores, strict=True)]
    records = rows.to_dict("records")
    outcomes = [_outcome(row, answer) for row, answer in zip(records, answers, strict=True)]
    return Answered(records, images, prompts, answers, outcomes)


def _outcome(row: dict[Any, Any], answer: str) -> str:
    if answer == row["options"][int(row["answer"])]:
        return "right"
    return "fooled" if answer == row["predicted"] else "other"
