"""Accuracy of every model on every subset of the evaluation sets."""

import pandas as pd

from spuriverse.evaluation.columns import CATEGORY_COLUMNS, EVALUATION_COLUMNS
from spuriverse.statistics import Estimate, clustered_difference, clustered_share

MARKED_COLUMNS = ("sample_id", "model", "outcome", "choice")
"""Of a `responses` table, what `mark_responses` needs."""


def mark_responses(asked: pd.DataFrame, responses: pd.DataFrame) -> pd.DataFrame:
    """Mark every response right or wrong; failed requests are left out.

    Args:
        asked: As `spuriverse.evaluation.evaluation_samples` returns it.
        responses: A `responses` table of any number of models.

    Returns:
        Columns model, sample_id, subset, cluster, attribute (empty if `asked` has none), correct.
    """
    made = responses[responses["outcome"] != "failed"]
    columns = ["sample_id", "subset", "cluster", "attribute", "answer"]
    joined = made.merge(name_attributes(asked)[columns], on="sample_id")
    joined["correct"] = (joined["choice"] == joined["answer"]).fillna(False).astype(bool)
    return joined[["model", "sample_id", "subset", "cluster", "attribute", "correct"]]


def name_attributes(asked: pd.DataFrame) -> pd.DataFrame:
    """Return the questions with a column attribute, empty if it was not there."""
    return asked if "attribute" in asked else asked.assign(attribute="")


def sampling_units(marked: pd.DataFrame) -> pd.Series:
    """Return what was sampled, of each marked response: its attribute, or its cluster without one.

    Types of one attribute go together: other types would mostly be types of other attributes.
    """
    return marked["attribute"].where(marked["attribute"] != "", marked["cluster"])


def count_units(marked: pd.DataFrame) -> dict[str, int | None]:
    """Return the distinct questions and attributes of marked responses; None without attributes."""
    attributes = marked.loc[marked["attribute"] != "", "attribute"].nunique()
    return {"questions": marked["sample_id"].nunique(), "attributes": attributes or None}


def estimate_share(marked: pd.DataFrame, column: str = "correct") -> Estimate:
    """Estimate the share of marked responses for which a column holds (`clustered_share`)."""
    return clustered_share(marked[column], sampling_units(marked))


def estimate_difference(
    first: pd.DataFrame, second: pd.DataFrame, columns: tuple[str, str] = ("correct", "correct")
) -> Estimate:
    """Estimate the share of right answers of the first marked responses less that of the second."""
    values = first[columns[0]], second[columns[1]]
    units = sampling_units(first), sampling_units(second)
    return clustered_difference(values[0], units[0], values[1], units[1])


def tabulate_evaluation(asked: pd.DataFrame, responses: pd.DataFrame) -> pd.DataFrame:
    """Estimate accuracies with 95 % intervals over attributes, or images.

    Args:
        asked: As `spuriverse.evaluation.evaluation_samples` returns it.
        responses: A `responses` table of any number of models.

    Returns:
        The columns of `EVALUATION_COLUMNS`, one row per model and subset; attributes is missing for
        non-spurious samples, and the interval where there are too few units for one.
    """
    marked = mark_responses(asked, responses)
    rows = []
    for (model, subset), part in marked.groupby(["model", "subset"], sort=True):
        found, counted = estimate_share(part), count_units(part)
        numbers = (found.n, *counted.values(), found.value, found.low, found.high)
        rows.append((model, subset, *numbers))
    table = pd.DataFrame(rows, columns=list(EVALUATION_COLUMNS))
    return table.astype({"attributes": "Int64"})


def tabulate_categories(samples: pd.DataFrame, responses: pd.DataFrame) -> pd.DataFrame:
    """Estimate the accuracy on each category of a benchmark, beside its prior.

    Args:
        samples: A `samples` table.
        responses: A `responses` table over these samples (and maybe others) of one model.

    Returns:
        The columns of `CATEGORY_COLUMNS`, with intervals over images; a row for each category and
        one for "all". The prior is the accuracy of always giving the category's most frequent right
        answer; for "all", each category's own.
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
        found, questions = estimate_share(part), part["sample_id"].nunique()
        numbers = (found.n, questions, found.value, found.low, found.high)
        rows.append((str(part["model"].iloc[0]), category, *numbers, most / found.n))
    return pd.DataFrame(rows, columns=list(CATEGORY_COLUMNS))
