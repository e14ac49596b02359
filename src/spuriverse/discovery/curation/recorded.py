"""The annotator whose verdicts were recorded with the source model's replies."""

import pandas as pd

from spuriverse.discovery.curation.annotation import CANDIDATE_COLUMNS
from spuriverse.discovery.curation.lvlm import VERDICT_COLUMNS

ANNOTATOR = "recorded"

RECORDED_VERDICT_COLUMNS = ("sample_id", "verdict", "repeated")
"""The columns that are read of a `records` table."""


def annotate_from_records(
    errors: pd.DataFrame, records: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Take the verdicts on the errors from recorded replies.

    A verdict that begins with Yes makes a candidate. Its attribute is empty: the records explain
    in words what misled the model, and it takes a person to name it.

    Args:
        errors: An `errors` table.
        records: A `records` table; `RECORDED_VERDICT_COLUMNS` will do. A row that repeats another
            question's reply is skipped, and so is an error whose record has no verdict.

    Returns:
        A `candidates` table, all proposed, and a `verdicts` table; both in the order of `errors`.
    """
    usable = records[~records["repeated"].astype(bool)].drop_duplicates("sample_id")
    recorded = dict(zip(usable["sample_id"], usable["verdict"], strict=True))
    candidates, verdicts = [], []
    for error in errors.itertuples(index=False):
        text = str(recorded.get(error.sample_id, ""))
        verdict = _verdict(text)
        if verdict:
            verdicts.append(_verdict_row(error.sample_id, verdict, text))
        if verdict == "yes":
            candidates.append(_candidate(error.sample_id, error.predicted, text))
    return (
        pd.DataFrame(candidates, columns=CANDIDATE_COLUMNS),
        pd.DataFrame(verdicts, columns=VERDICT_COLUMNS),
    )


def _verdict(text: str) -> str:
    """An explanation that begins with neither word is a verdict that cannot be read."""
    plain = text.strip().lower()
    if not plain:
        return ""
    return next((word for word in ("yes", "no") if plain.startswith(word)), "failed")


def _verdict_row(sample: str, verdict: str, text: str) -> dict[str, str]:
    return {
        "sample_id": sample,
        "annotator": ANNOTATOR,
        "verdict": verdict,
        "rationale": text,
        "prompt_sha256": "",
        "reply": text,
    }


def _candidate(sample: str, predicted: object, text: str) -> dict[str, str]:
    row = dict.fromkeys(CANDIDATE_COLUMNS, "")
    return row | {
        "candidate_id": f"{sample}-1",
        "sample_id": sample,
        "predicted": str(predicted),
        "rationale": text,
        "annotator": ANNOTATOR,
        "reply": text,
        "status": "proposed",
    }
