"""How many questions are left after each step of curation, by both protocols.

`corrected` counts what this workflow did: every question once, replies read by its own parser,
candidates kept by gap and false-discovery control. `paper` counts as the published code did: for a
model with recorded replies every row of the file, with the letter the file says was read; for a
model that was asked here the same answers, and candidates kept by the gap alone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from spuriverse.benchmarks import REPEATED
from spuriverse.tables import sample_id

FUNNEL_COLUMNS = [
    "benchmark",
    "protocol",
    "source_model",
    "annotator",
    "rows",
    "repeated",
    "refused",
    "answered",
    "abstained",
    "unparsed",
    "failed",
    "correct",
    "errors",
    "annotation_failed",
    "lvlm_accepted",
    "human_accepted",
    "verified",
]
CHANGE_COLUMNS = ["benchmark", "paper", "corrected", "reason", "n"]

COUNTED_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "samples": ("sample_id", "benchmark", "answer"),
    "responses": ("sample_id", "outcome", "choice"),
    "verdicts": ("sample_id", "verdict"),
    "records": ("benchmark", "sample_id", "answer", "parsed", "verdict", "repeated"),
}
"""What the counts need of the large tables."""


@dataclass(frozen=True)
class Curated:
    """What the steps of curation left.

    Attributes:
        samples: A `samples` table; of this and the other large tables, `COUNTED_COLUMNS` will do.
        refused: A `refused` table.
        responses: The source model's `responses` to the samples.
        verdicts: A `verdicts` table, empty if the annotator gives none.
        candidates: A `candidates` table with the status of each.
        records: A `records` table, if the source model's replies were recorded.
        verification: A `verification` table, if candidates were verified.
        threshold: Least gap of a kept candidate.
        reviewed: Whether people decide on candidates.
        recorded_verdicts: Whether the recorded verdicts are the annotator.
    """

    samples: pd.DataFrame
    refused: pd.DataFrame
    responses: pd.DataFrame
    verdicts: pd.DataFrame
    candidates: pd.DataFrame
    records: pd.DataFrame | None
    verification: pd.DataFrame | None
    threshold: float
    reviewed: bool
    recorded_verdicts: bool = True

    def outcomes(self) -> pd.DataFrame:
        """Return sample_id, benchmark and outcome of every sample.

        The outcome is correct, error, abstained, unparsed or failed.
        """
        asked = self.samples[["sample_id", "benchmark", "answer"]].merge(
            self.responses[["sample_id", "outcome", "choice"]], on="sample_id", how="left"
        )
        answered = asked["outcome"] == "answered"
        right = (asked["choice"] == asked["answer"]).fillna(False)
        asked.loc[answered, "outcome"] = "error"
        asked.loc[answered & right, "outcome"] = "correct"
        asked["outcome"] = asked["outcome"].fillna("failed")
        return asked[["sample_id", "benchmark", "outcome"]]


def count_funnel(curated: Curated, *, source_model: str, annotator: str) -> pd.DataFrame:
    """Count what each step left.

    Args:
        curated: What the steps left.
        source_model: Model whose errors were collected.
        annotator: Who proposed candidates.

    Returns:
        Columns `FUNNEL_COLUMNS`, two rows per benchmark. The rows of a source are repeated
        questions, refused ones, and answered, abstained, unparsed and failed ones; the answered
        are correct ones and errors; what follows counts errors. `human_accepted` is missing if
        nobody reviews, `verified` if nothing was verified.
    """
    outcomes = curated.outcomes()
    rows = []
    for benchmark in dict.fromkeys(curated.samples["benchmark"]):
        corrected = _corrected(curated, outcomes, benchmark)
        paper = _paper(curated, benchmark) or {**corrected, **_kept(curated, benchmark, False)}
        for protocol, counts in (("paper", paper), ("corrected", corrected)):
            rows.append({"benchmark": benchmark, "protocol": protocol, **counts})
    table = pd.DataFrame(rows).assign(source_model=source_model, annotator=annotator)
    return table[FUNNEL_COLUMNS]


def explain_changes(curated: Curated) -> pd.DataFrame:
    """Say which recorded rows the two protocols count differently, and why.

    Args:
        curated: What the steps left.

    Returns:
        Columns `CHANGE_COLUMNS`: the outcome by either protocol, the reason, and the number of
        rows; empty for a model that was asked here.
    """
    if curated.records is None:
        return pd.DataFrame(columns=CHANGE_COLUMNS)
    records = curated.records
    table = pd.DataFrame({"benchmark": records["benchmark"], "paper": _paper_outcomes(records)})
    table["corrected"], table["reason"] = _corrected_outcomes(records, curated)
    changed = table[table["paper"] != table["corrected"]]
    counted = changed.groupby(CHANGE_COLUMNS[:-1], sort=True).size()
    return counted.rename("n").reset_index()


def _corrected(curated: Curated, outcomes: pd.DataFrame, benchmark: str) -> dict[str, object]:
    counts = outcomes.loc[outcomes["benchmark"] == benchmark, "outcome"].value_counts()
    refused = curated.refused[curated.refused["benchmark"] == benchmark]
    repeated = int(refused["reason"].str.startswith(REPEATED).sum())
    return {
        "rows": int(counts.sum()) + len(refused),
        "repeated": repeated,
        "refused": len(refused) - repeated,
        **_outcome_counts(counts),
        "annotation_failed": _count_in(
            curated.verdicts.loc[curated.verdicts["verdict"] == "failed", "sample_id"],
            _ids(curated, benchmark),
        ),
        **_kept(curated, benchmark, True),
    }


def _paper(curated: Curated, benchmark: str) -> dict[str, object] | None:
    if curated.records is None:
        return None
    records = curated.records[curated.records["benchmark"] == benchmark]
    outcomes = _paper_outcomes(records)
    errors = records[outcomes == "error"]
    return {
        "rows": len(records),
        "repeated": 0,
        "refused": 0,
        **_outcome_counts(outcomes.value_counts()),
        "annotation_failed": 0,
        **_kept(curated, benchmark, False),
        **_flagged(curated, errors),
    }


def _flagged(curated: Curated, errors: pd.DataFrame) -> dict[str, object]:
    """What the recorded verdicts accept, where it was they that annotated."""
    if not curated.recorded_verdicts:
        return {}
    return {"lvlm_accepted": sum(map(says_yes, errors["verdict"]))}


def _outcome_counts(counts: pd.Series) -> dict[str, int]:
    number = {name: int(counts.get(name, 0)) for name in _OUTCOMES}
    return {
        "answered": number["correct"] + number["error"],
        "abstained": number["abstained"],
        "unparsed": number["unparsed"] + number["empty"],
        "failed": number["failed"],
        "correct": number["correct"],
        "errors": number["error"],
    }


_OUTCOMES = ("correct", "error", "abstained", "unparsed", "empty", "failed")


def _kept(curated: Curated, benchmark: str, corrected: bool) -> dict[str, object]:
    """Errors with a candidate, with one that people accepted, and with one that was verified."""
    ids = _ids(curated, benchmark)
    candidates = curated.candidates
    accepted = candidates[candidates["status"] == "accepted"]
    verified = None
    if curated.verification is not None:
        table = curated.verification
        kept = table["kept"] if corrected else (table["gap"] > curated.threshold).fillna(False)
        types = candidates["candidate_id"].isin(table.loc[kept.astype(bool), "candidate_id"])
        verified = _count_in(candidates.loc[types, "sample_id"], ids)
    return {
        "lvlm_accepted": _count_in(candidates["sample_id"], ids),
        "human_accepted": _count_in(accepted["sample_id"], ids) if curated.reviewed else None,
        "verified": verified,
    }


def _ids(curated: Curated, benchmark: str) -> set[str]:
    samples = curated.samples
    return set(samples.loc[samples["benchmark"] == benchmark, "sample_id"])


def _count_in(ids: pd.Series, wanted: set[str]) -> int:
    return len(set(ids) & wanted)


def says_yes(verdict: str) -> bool:
    """Whether a verdict begins with Yes."""
    return verdict.strip().lower().startswith("yes")


def _paper_outcomes(records: pd.DataFrame) -> pd.Series:
    outcomes = pd.Series("error", index=records.index)
    outcomes[records["parsed"] == records["answer"].str.strip().str.upper()] = "correct"
    outcomes[records["parsed"] == ""] = "abstained"
    return outcomes


def _corrected_outcomes(records: pd.DataFrame, curated: Curated) -> tuple[list[str], list[str]]:
    outcome = dict(curated.outcomes()[["sample_id", "outcome"]].itertuples(index=False))
    refused = {
        sample_id(row.benchmark, row.image_id, row.question): _QUOTED.sub("", row.reason)
        for row in curated.refused.itertuples()
    }
    # If several rows hold one question, the row whose reply is used counts.
    usable_first = records["repeated"].astype(bool).sort_values(kind="stable").index
    later = records.loc[usable_first, "sample_id"].duplicated().reindex(records.index)
    found = []
    for key, again, repeats in zip(records["sample_id"], later, records["repeated"], strict=True):
        if again:
            found.append(("left out", "the question stands twice for the image"))
        elif key not in outcome:
            found.append(("left out", refused.get(key, "the benchmark has no such question")))
        elif repeats:
            found.append(("failed", "the reply recorded is the one to another question"))
        else:
            found.append((outcome[key], _REASONS.get(outcome[key], "the reply is read otherwise")))
    return [pair[0] for pair in found], [pair[1] for pair in found]


# The same reason about other words is the same reason.
_QUOTED = re.compile(r" (?:'.*'|\(.*\))")
_REASONS = {
    "unparsed": "the reply names no option, several, or a letter with another option's text",
    "failed": "the reply names an option that the question does not offer",
}
