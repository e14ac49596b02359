"""Every response beside the question it answers."""

from collections.abc import Iterator

import pandas as pd

from spuriverse.tables import CHUNK_ROWS


def tabulate_predictions(asked: pd.DataFrame, responses: pd.DataFrame) -> pd.DataFrame:
    """Put every response beside the question it answers.

    Args:
        asked: As `spuriverse.evaluation.evaluation_samples` returns it.
        responses: A `responses` table of any number of models and strategies.

    Returns:
        The columns of a `predictions` table: those of both, and correct.
        One row per response and place of its question in the sets, in the order of `asked`, then
        of `responses`. The choices of shuffled questions are indices into the options shown here.
    """
    joined = asked.merge(responses, on="sample_id")
    right = (joined["choice"] == joined["answer"]).fillna(False).astype(bool)
    return joined.assign(correct=right)


def predictions_in_chunks(asked: pd.DataFrame, responses: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield what `tabulate_predictions` returns, the responses to a few questions at a time.

    Args:
        asked: As in `tabulate_predictions`.
        responses: As in `tabulate_predictions`.

    Yields:
        The rows in the same order, about `CHUNK_ROWS` at a time if all questions have as many
        responses.
    """
    questions = max(1, CHUNK_ROWS * len(asked) // max(1, len(responses)))
    for start in range(0, len(asked), questions):
        some = asked.iloc[start : start + questions]
        theirs = responses["sample_id"].isin(some["sample_id"])
        yield tabulate_predictions(some, responses[theirs])


def browsed_samples(asked: pd.DataFrame, types: pd.DataFrame) -> pd.DataFrame:
    """Say of every question to which options the attribute of its type leads.

    Args:
        asked: As `spuriverse.evaluation.evaluation_samples` returns it.
        types: A `types` table.

    Returns:
        The columns sample_id, subset, type (empty for non-spurious samples), attribute, image,
        question, options, answer and misleading (indices of options).
    """
    leads_to = dict(zip(types["type_id"], types["predicted"], strict=True))
    of_type = asked["attribute"] != ""
    misleading = [
        [index for index, option in enumerate(options) if option == leads_to.get(cluster)]
        for options, cluster in zip(asked["options"], asked["cluster"], strict=True)
    ]
    shown = asked.assign(type=asked["cluster"].where(of_type, ""), misleading=misleading)
    columns = ["sample_id", "subset", "type", "attribute", "image", "question", "options", "answer"]
    return shown[[*columns, "misleading"]]
