"""What a reviewer has to do: the candidates with their questions, what is done, what is next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import pandas as pd

from spuriverse.problems import Problem
from spuriverse.tables import read_table, read_tables

TO_DO, SKIPPED, ACCEPTED, REJECTED = "To do", "Skipped", "Accepted", "Rejected"
STATUSES = (TO_DO, SKIPPED, ACCEPTED, REJECTED)
_STATUS_OF = {"accept": ACCEPTED, "reject": REJECTED, "skip": SKIPPED}

LONGEST_PAUSE = 300.0
"""Seconds; a reviewer who takes longer between two acts was away."""
FEWEST_GAPS = 3

Decision = dict[Any, Any]


@dataclass(frozen=True)
class Item:
    """A candidate with the sample it comes from."""

    candidate_id: str
    sample_id: str
    benchmark: str
    image: str
    question: str
    options: tuple[str, ...]
    answer: int
    predicted: str
    attribute: str
    kind: str
    rationale: str
    annotator: str
    reply: str
    spurious_description: str
    core_description: str


def read_items(annotated: Path, samples: Sequence[Path]) -> tuple[Item, ...]:
    """Read the candidates and join them with their samples, in the order of the candidates.

    Raises:
        Problem: A table is missing or wrong, or a candidate's sample is in none of them.
    """
    candidates = read_table(annotated, "candidates")
    pool = read_tables(samples, "samples") if samples else pd.DataFrame(columns=["sample_id"])
    wanted = pool[pool["sample_id"].isin(set(candidates["sample_id"]))]
    rows = {row["sample_id"]: row for row in wanted.to_dict("records")}
    strangers = candidates[~candidates["sample_id"].isin(rows.keys())]
    if len(strangers):
        raise Problem(
            f"The candidate {strangers['candidate_id'].iloc[0]} comes from the sample"
            f" {strangers['sample_id'].iloc[0]}, which no table of samples has; annotate the"
            " errors again."
        )
    return tuple(
        _item(candidate, rows[candidate["sample_id"]])
        for candidate in candidates.to_dict("records")
    )


def judgements_of(decisions: pd.DataFrame, reviewer: str) -> dict[str, Decision]:
    """Return a reviewer's own standing decisions by candidate; resolutions are not among them."""
    own = decisions[(decisions["reviewer"] == reviewer) & ~decisions["resolves"]]
    return {row["candidate_id"]: row for row in own.to_dict("records")}


def status_of(judgement: Decision | None) -> str:
    """Return how far a reviewer has come with a candidate: one of `STATUSES`."""
    return _STATUS_OF[judgement["act"]] if judgement else TO_DO


def select(
    items: Sequence[Item],
    judgements: Mapping[str, Decision],
    *,
    benchmark: str | None = None,
    kind: str | None = None,
    status: str | None = None,
) -> list[Item]:
    """Return the items that pass every filter, in order; None lets everything pass."""
    return [
        item
        for item in items
        if benchmark in (None, item.benchmark)
        and kind in (None, item.kind)
        and status in (None, status_of(judgements.get(item.candidate_id)))
    ]


def following(shown: Sequence[Item], candidate_id: str) -> str:
    """Return the candidate after this one in the list, the first one after the last; or ""."""
    ids = [item.candidate_id for item in shown]
    place = ids.index(candidate_id) if candidate_id in ids else -1
    others = [other for other in ids[place + 1 :] + ids[: max(place, 0)] if other != candidate_id]
    return others[0] if others else ""


def seconds_left(history: pd.DataFrame, reviewer: str, waiting: int) -> float | None:
    """Estimate how long a reviewer will take for the candidates that wait.

    Args:
        history: As `ReviewStore.history` returns it.
        reviewer: Whose pace counts: the median time between two acts, without pauses.
        waiting: Number of candidates.

    Returns:
        Seconds, or None as long as there are too few acts to tell.
    """
    made = sorted(map(datetime.fromisoformat, history.loc[history["reviewer"] == reviewer, "made"]))
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(made)]
    working = [gap for gap in gaps if gap < LONGEST_PAUSE]
    return median(working) * waiting if len(working) >= FEWEST_GAPS else None


def duration(seconds: float) -> str:
    """Say a duration as people do, such as "about 5 min"."""
    minutes = seconds / 60
    if minutes < 1:
        return "less than a minute"
    return f"about {minutes:.0f} min" if minutes < 90 else f"about {minutes / 60:.1f} h"


def letter(index: int) -> str:
    """Return the letter of an option: A to Z, then AA and so on."""
    before, last = divmod(index, 26)
    return (letter(before - 1) if before else "") + chr(ord("A") + last)


def _item(candidate: dict[Any, Any], sample: dict[Any, Any]) -> Item:
    asked = {name: sample[name] for name in ("benchmark", "image", "question", "answer")}
    names = [name for name in Item.__annotations__ if name in candidate]
    return Item(
        **{name: candidate[name] for name in names}, **asked, options=tuple(sample["options"])
    )
