"""A model whose replies were recorded: it is asked nothing and answers from a table."""

import pandas as pd

from spuriverse.questions import PROTOCOL

LOOKED_UP_COLUMNS = ("sample_id", "reply", "outcome", "predicted", "repeated")
"""The columns that are read of a `records` table."""


def answer_from_records(
    records: pd.DataFrame, samples: pd.DataFrame, *, model: str
) -> pd.DataFrame:
    """Look the model's replies to `samples` up.

    A sample without a record, and one whose record repeats another question's reply, has the
    outcome `failed`. So has a reply that chooses an option the sample does not offer: it was
    given to other options than are asked here.

    Args:
        records: A `records` table; `LOOKED_UP_COLUMNS` will do.
        samples: A `samples` table; the order of its options need not be the recorded one.
        model: What the tables call the model.

    Returns:
        A `responses` table, in the order of `samples`.
    """
    known = records[~records["repeated"]].drop_duplicates("sample_id").set_index("sample_id")
    found = known.reindex(samples["sample_id"])[["reply", "outcome", "predicted"]]
    chosen = found["predicted"].fillna("").tolist()
    choices = [
        options.index(text) if text and text in options else None
        for options, text in zip(samples["options"], chosen, strict=True)
    ]
    outcomes = [
        _outcome(outcome, choice)
        for outcome, choice in zip(found["outcome"].fillna("failed"), choices, strict=True)
    ]
    return pd.DataFrame(
        {
            "sample_id": samples["sample_id"].tolist(),
            "model": model,
            "strategy": "direct",
            "protocol": PROTOCOL,
            "reply": found["reply"].fillna("").tolist(),
            "outcome": outcomes,
            "choice": pd.array(choices, dtype="Int64"),
            "option_scores": [[] for _ in choices],
            # The prompts were not recorded.
            "prompt_sha256": "unknown",
            "seconds": 0.0,
            "tokens": 0,
        }
    )


def _outcome(outcome: str, choice: int | None) -> str:
    return "failed" if outcome == "answered" and choice is None else outcome
