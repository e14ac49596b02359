"""The likelihood of what an image shows, with its core or its spurious attribute stated."""

from typing import Any

import pandas as pd

from spuriverse.models import LocalModel, open_image
from spuriverse.progress import progress
from spuriverse.questions import CONDITIONS, render_condition


def measure_cgla(model: LocalModel, asked: pd.DataFrame, batch_size: int = 64) -> pd.DataFrame:
    """Score the true and the predicted class of every sample under both conditions.

    All conditions of an image are in one batch, in which it is encoded once.

    Args:
        model: Who is asked.
        asked: As `choose_samples` returns it.
        batch_size: Images a forward pass.

    Returns:
        A `likelihoods` table: log-likelihoods of label and predicted class under the core and the
        spurious prompt, summed over tokens, and numbers of tokens.

    Raises:
        Problem: An image is missing, or a class has no tokens.
    """
    starts = range(0, len(asked), batch_size)
    told = progress(starts, desc=f"asking {model.name}", total=len(starts), unit="batch")
    parts = [_score(model, asked[start : start + batch_size]) for start in told]
    return pd.concat(parts, ignore_index=True)


def _score(model: LocalModel, rows: pd.DataFrame) -> pd.DataFrame:
    questions = rows["question"]
    conditions = [
        [model.wrap(render_condition(q, a)) for q, a in zip(questions, rows[name], strict=True)]
        for name in CONDITIONS
    ]
    classes = ("label", "predicted")
    labels = rows[list(classes)].to_numpy().tolist()
    images = [open_image(path) for path in rows["image"]]
    scores, lengths = model.label_likelihood(images, conditions, labels)
    table: dict[str, Any] = {"sample_id": rows["sample_id"].tolist(), "model": model.name}
    for place, kind in enumerate(classes):
        table[f"{kind}_tokens"] = [row[place] for row in lengths]
        for name, condition in zip(CONDITIONS, scores, strict=True):
            table[f"{kind}_{name}"] = [row[place] for row in condition]
    return pd.DataFrame(table)
