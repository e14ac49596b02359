"""Every response beside the question it answers."""

from collections.abc import Iterator

import pandas as pd

from spuriverse.problems import Problem
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


def hardest_sample(asked: pd.DataFrame, responses: pd.DataFrame, strategy: str = "direct") -> str:
    """Return the id of the sample that most models got wrong by `strategy`.

    A failed request counts for nothing. Among equally hard samples it is the first by id.

    Raises:
        Problem: There is no response by the strategy.
    """
    made = responses[(responses["strategy"] == strategy) & (responses["outcome"] != "failed")]
    table = tabulate_predictions(asked, made)
    if table.empty:
        raise Problem("No model answered a question yet; evaluate the models first.")
    wrong = table[~table["correct"]].groupby("sample_id")["model"].nunique()
    counts = wrong.reindex(sorted(set(table["sample_id"])), fill_value=0)
    return str(counts.idxmax())
