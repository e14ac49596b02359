"""Ask a model every question of a table."""

import time
from collections.abc import Iterator

import numpy as np
import pandas as pd

from spuriverse.models.images import open_image
from spuriverse.models.local import LocalModel
from spuriverse.progress import progress
from spuriverse.questions import Question
from spuriverse.tables import content_sha256


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
    batch_size: int = 256,
) -> pd.DataFrame:
    """Ask a model every question of `samples`, by the likelihood of the options.

    Args:
        model: Who is asked.
        samples: Columns sample_id, image, question, options, answer; one row a question.
        protocol: Recorded in every row.
        strategy: Prompting strategy.
        batch_size: Questions a forward pass; prompts of like length share one.

    Returns:
        A `responses` table, in the order of `samples`.

    Raises:
        Problem: An image is missing or broken, or the strategy is unknown.
    """
    questions = questions_of(samples)
    prompts = [model.prompt(question, strategy) for question in questions]
    images = samples["image"].tolist()
    scores: list[list[float]] = [[] for _ in questions]
    seconds = np.zeros(len(questions))
    batches = list(_batches(prompts, batch_size))
    for batch in progress(batches, desc=f"asking {model.name}", total=len(batches), unit="batch"):
        started = time.perf_counter()
        answers = model.option_likelihood(
            [open_image(images[i]) for i in batch],
            [questions[i] for i in batch],
            [prompts[i] for i in batch],
        )
        for i, answer in zip(batch, answers, strict=True):
            scores[i] = answer
        seconds[batch] = (time.perf_counter() - started) / len(batch)
    choices = [int(np.argmax(score)) for score in scores]
    return pd.DataFrame(
        {
            "sample_id": samples["sample_id"].tolist(),
            "model": model.name,
            "strategy": strategy,
            "protocol": protocol,
            "reply": [q.options[c] for q, c in zip(questions, choices, strict=True)],
            "outcome": "answered",
            "choice": choices,
            "option_scores": scores,
            "prompt_sha256": [content_sha256(prompt) for prompt in prompts],
            "seconds": seconds,
            "tokens": 0,
        }
    )


def _batches(prompts: list[str], size: int) -> Iterator[list[int]]:
    order = sorted(range(len(prompts)), key=lambda i: (len(prompts[i]), i))
    for start in range(0, len(order), size):
        yield order[start : start + size]
