"""Accuracy of every model on every subset of the evaluation sets."""

import pandas as pd

from spuriverse.evaluation.columns import CATEGORY_COLUMNS, EVALUATION_COLUMNS
from spuriverse.statistics import accuracy

MARKED_COLUMNS = ("sample_id", "model", "outcome", "choice")
"""Of a `responses` table, what `mark_responses` needs."""


def mark_responses(asked: pd.DataFrame, responses: pd.DataFrame) -> pd.DataFrame:
    """Mark every response right or wrong; failed requests are left out.

    Args:
        asked: As `spuriverse.evaluation.evaluation_samples` returns it.
        responses: A `responses` table of any number of models.

    Returns:
        Columns model, sample_id, subset, cluster, correct.
    """
    made = responses[responses["outcome"] != "failed"]
    joined = made.merge(asked[["sample_id", "subset", "cluster", "answer"]], on="sample_id")
    joined["correct"] = (joined["choice"] == joined["answer"]).fillna(False).astype(bool)
    return joined[["model", "sample_id", "subset", "cluster", "correct"]]


def tabulate_evaluation(
    asked: pd.DataFrame, responses: pd.DataFrame, *, seed: int, resamples: int
) -> pd.DataFrame:
    """Estimate accuracies with 95 % intervals (bootstrap over types, or images).

    Args:
        asked: As `spuriverse.evaluation.evaluation_samples` returns it.
        responses: A `responses` table of any number of models.
        seed: Of the bootstrap.
        resamples: Bootstrap resamples.

    Returns:
        The columns of `EVALUATION_COLUMNS`, one row per model and subset.
    """
    marked = mark_responses(asked, responses)
    rows = []
    for (model, subset), part in marked.groupby(["model", "subset"], sort=True):
        estimate = accuracy(part["correct"], part["cluster"], seed=seed, resamples=resamples)
        rows.append((model, subset, estimate.n, estimate.value, estimate.low, estimate.high))
    return pd.DataFrame(rows, columns=list(EVALUATION_COLUMNS))


def tabulate_categories(
    samples: pd.DataFrame, responses: pd.DataFrame, *, seed: int, resamples: int
) -> pd.DataFrame:
    """Estimate the accuracy on each category of a benchmark, beside its prior.

    Args:
        samples: A `samples` table.
        responses: A `responses` table over these samples (and maybe others) of one model.
        seed: Of the bootstrap, which resamples images.
        resamples: Bootstrap resamples.

    Returns:
        The columns of `CATEGORY_COLUMNS`; a row for each category and one for "all". The prior is
        the accuracy of always giving the category's most frequent right answer; for "all", each
        category's own.
    """
    asked = samples.assign(subset=samples["category"], cluster=samples["image"])
    asked["right"] = [o[a] for o, a in zip(asked["options"], asked["answer"], strict=True)]
    marked = mark_responses(asked, responses)
    made = asked[asked["sample_id"].isin(marked["sample_id"])]
    prior = made.groupby("category")["right"].agg(lambda answers: answers.value_counts().max())
    rows = []
    for category in ["all", *sorted(made["category"].unique())]:
        part = marked if category == "all" else marked[marked["subset"] == category]
        most = prior.sum() if category == "all" else prior[category]
        estimate = accuracy(part["correct"], part["cluster"], seed=seed, resamples=resamples)
        numbers = (estimate.n, estimate.value, estimate.low, estimate.high)
        rows.append((str(part["model"].iloc[0]), category, *numbers, most / estimate.n))
    return pd.DataFrame(rows, columns=list(CATEGORY_COLUMNS))
