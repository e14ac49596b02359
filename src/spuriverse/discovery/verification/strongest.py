"""The types with the largest gaps, each by one minimal pair."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from spuriverse.discovery.verification.counts import group_samples
from spuriverse.tables import read_table, read_tables


@dataclass(frozen=True)
class MinimalPair:
    """Two images that differ in the attribute, and what a model says to them.

    Attributes:
        candidate_id: The type's candidate.
        attribute: What the second image shows and the first does not.
        question: Asked of both.
        right: The right answer, given to the first.
        core: The image without the attribute.
        spurious: The image with it.
        misled: What is said to the second image.
        model: Who says it.
        gap: Accuracy without less accuracy with the attribute, on fresh images where there are any.
        low: Lower limit of its 95 % interval, or None.
        high: Upper limit.
        fresh: Whether the gap is that on fresh images.
    """

    candidate_id: str
    attribute: str
    question: str
    right: str
    core: str
    spurious: str
    misled: str
    model: str
    gap: float
    low: float | None
    high: float | None
    fresh: bool


def strongest_pairs(
    types: pd.DataFrame,
    asked: pd.DataFrame,
    responses: pd.DataFrame,
    verification: pd.DataFrame,
    number: int = 3,
) -> list[MinimalPair]:
    """Return the strongest types, no two of one attribute, each by a pair that misled a model.

    Args:
        types: A `types` table.
        asked: As `group_samples` returns it.
        responses: A `responses` table about these questions.
        verification: A `verification` table.
        number: Most types.

    Returns:
        The pairs, the largest gap first. A type is left out if no model was right without and wrong
        with the attribute on images of one seed; the wrong answer to which the attribute leads is
        preferred.
    """
    gaps = verification[verification["kept"]].merge(types, on="candidate_id")
    fresh = gaps["fresh_gap"].notna()
    gaps = gaps.assign(
        fresh=fresh,
        shown=gaps["fresh_gap"].where(fresh, gaps["gap"]),
        shown_low=gaps["fresh_low"].where(fresh, gaps["gap_low"]),
        shown_high=gaps["fresh_high"].where(fresh, gaps["gap_high"]),
    )
    gaps = gaps.sort_values(["shown", "candidate_id", "model"], ascending=[False, True, True])
    pairs = _answered_pairs(asked, responses)
    found: dict[str, MinimalPair] = {}
    for row in gaps.to_dict("records"):
        if len(found) == number:
            break
        mine = pairs.get((row["candidate_id"], row["model"]))
        if mine is None or row["attribute"] in found or not row["shown"] > 0:
            continue
        mine = mine.assign(led=mine["reply_spurious"] == row["predicted"])
        best = mine.sort_values(["led", "part", "seed"], ascending=[False, True, True]).iloc[0]
        found[row["attribute"]] = MinimalPair(
            row["candidate_id"],
            row["attribute"],
            best["question_core"],
            best["reply_core"],
            best["image_core"],
            best["image_spurious"],
            best["reply_spurious"],
            row["model"],
            float(row["shown"]),
            None if pd.isna(row["shown_low"]) else float(row["shown_low"]),
            None if pd.isna(row["shown_high"]) else float(row["shown_high"]),
            bool(row["fresh"]),
        )
    return list(found.values())


def read_strongest_pairs(paths: Any, number: int = 3) -> list[MinimalPair]:
    """Read the tables that `strongest_pairs` needs, and return what it does.

    Args:
        paths: Has the attributes samples (several files), candidates, groups, types, responses and
            verification.
        number: Most types.

    Returns:
        The pairs; none if a table is not there yet.

    Raises:
        Problem: As in `spuriverse.tables.read_table`.
    """
    single = ("candidates", "groups", "types", "responses", "verification")
    files = [*paths.samples, *(getattr(paths, name) for name in single)]
    if not all(Path(path).is_file() for path in files):
        return []
    tables = {name: read_table(getattr(paths, name), name) for name in single}
    asked = ["sample_id", "question", "options", "answer"]
    samples = read_tables(paths.samples, "samples", asked)
    return strongest_pairs(
        tables["types"],
        group_samples(tables["candidates"], samples, tables["groups"]),
        tables["responses"],
        tables["verification"],
        number,
    )


def _answered_pairs(
    asked: pd.DataFrame, responses: pd.DataFrame
) -> dict[tuple[str, str], pd.DataFrame]:
    """Candidate and model -> images of one seed, the first answered right, the second wrong."""
    given = responses[responses["outcome"] == "answered"]
    given = given.drop_duplicates(["sample_id", "model"])[["sample_id", "model", "choice"]]
    joined = asked.merge(given, on="sample_id")
    joined["right"] = joined["choice"] == joined["answer"]
    joined["reply"] = [
        options[int(choice)] if choice < len(options) else ""
        for options, choice in zip(joined["options"], joined["choice"], strict=True)
    ]
    keys = ["candidate_id", "model", "part", "seed"]
    core = joined[(joined["group"] == "core") & joined["right"].astype(bool)]
    spurious = joined[(joined["group"] == "spurious") & ~joined["right"].astype(bool)]
    shown = [*keys, "image", "question", "reply"]
    both = core[shown].merge(spurious[shown], on=keys, suffixes=("_core", "_spurious"))
    return {
        (str(key[0]), str(key[1])): group for key, group in both.groupby(["candidate_id", "model"])
    }
