"""The likelihood of what an image shows, with its core or its spurious attribute stated."""

from typing import Any

import pandas as pd

from spuriverse.models import ImageMemory, LocalModel
from spuriverse.progress import progress
from spuriverse.questions import CONDITIONS
from spuriverse.spubench.explain.opening import answer_plainly


def measure_cgla(model: LocalModel, asked: pd.DataFrame, batch_size: int = 96) -> pd.DataFrame:
    """Score the true and the predicted class of every sample under both conditions.

    All conditions of an image are in one batch. It is encoded once, for the plain question too.

    Args:
        model: Who is asked.
        asked: As `choose_samples` returns it.
        batch_size: Rows of a forward pass, two of which are one image under both conditions.

    Returns:
        A `likelihoods` table: log-likelihoods of label and predicted class under the core and the
        spurious prompt, summed over tokens, and numbers of tokens; and what the model answers to
        the plain question.

    Raises:
        Problem: An image is missing, or a class has no tokens.
    """
    size = max(1, batch_size // len(CONDITIONS))
    starts = range(0, len(asked), size)
    told = progress(starts, desc=f"asking {model.name}", total=len(starts), unit="batch")
    parts = [_score(model, asked[start : start + size]) for start in told]
    return pd.concat(parts, ignore_index=True)


def _score(model: LocalModel, rows: pd.DataFrame) -> pd.DataFrame:
    memory = ImageMemory()
    asked = answer_plainly(model, rows, memory)
    # A published question may not say which class the spurious attribute leads to.
    labels = [[row["label"], row["predicted"] or row["label"]] for row in asked.rows]
    named = [bool(row["predicted"]) for row in asked.rows]
    conditions = [asked.prompts[name] for name in CONDITIONS]
    scores, lengths = model.label_likelihood(asked.images, conditions, labels, memory=memory)
    table: dict[str, Any] = {
        "sample_id": rows["sample_id"].tolist(),
        "model": model.name,
        "answer": asked.answers,
        "outcome": asked.outcomes,
    }
    for place, kind in enumerate(("label", "predicted")):
        table[f"{kind}_tokens"] = [row[place] for row in lengths]
        for name, condition in zip(CONDITIONS, scores, strict=True):
            table[f"{kind}_{name}"] = [row[place] for row in condition]
    scored = pd.DataFrame(table)
    scored["predicted_tokens"] = scored["predicted_tokens"].where(named, 0)
    for name in CONDITIONS:
        scored[f"predicted_{name}"] = scored[f"predicted_{name}"].where(named)
    return scored
