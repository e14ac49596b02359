"""Right answers of every candidate, model and part of its images."""

import logging

import numpy as np
import pandas as pd

from spuriverse.problems import Problem

log = logging.getLogger(__name__)

KEYS = ["candidate_id", "model", "part"]
COUNTS = (
    *("n_core", "n_spurious", "right_core", "right_spurious"),
    *("only_core", "only_spurious"),
)


def group_samples(
    candidates: pd.DataFrame, samples: pd.DataFrame, groups: pd.DataFrame
) -> pd.DataFrame:
    """Turn group images into questions: the anchor's question and options about each image.

    Returns:
        Columns sample_id, candidate_id, group, part, seed, image, question, options, answer; one
        row per image.
    """
    anchors = candidates[["candidate_id", "sample_id"]].merge(
        samples[["sample_id", "question", "options", "answer"]], on="sample_id"
    )
    asked = groups.merge(anchors.drop(columns="sample_id"), on="candidate_id", validate="m:1")
    parts = (asked["candidate_id"], asked["group"], asked["part"], asked["seed"].astype(str))
    asked["sample_id"] = ["-".join(part) for part in zip(*parts, strict=True)]
    columns = ["sample_id", "candidate_id", "group", "part", "seed", "image"]
    return asked[[*columns, "question", "options", "answer"]]


def count_answers(
    asked: pd.DataFrame, responses: pd.DataFrame, *, paired: bool = False
) -> pd.DataFrame:
    """Count made and right answers.

    A failed request is no answer; an abstention or a reply that cannot be read is a wrong one.

    Args:
        asked: As `group_samples` returns it.
        responses: A `responses` table over these questions, of any number of models.
        paired: Whether the core and the spurious image of a candidate with one seed differ in the
            attribute alone. Then only pairs with both answers count.

    Returns:
        The columns of `COUNTS`, indexed by candidate_id, model and part. `only_core` counts the
        pairs with a right answer to the core image alone, and so on; it means something only if
        they are pairs.

    Raises:
        Problem: There is nothing to count, or a model answered nothing at all.
    """
    if asked.empty:
        raise Problem(
            "No candidate has images, so there is nothing to verify; check the logs of"
            " review_candidates and of the synthesis to see where candidates were lost."
        )
    joined = responses.merge(asked, on="sample_id", validate="m:1")
    _check_models(joined)
    pairs = _answers_by_seed(joined)
    if paired:
        pairs = pairs.dropna()
    core, spurious = pairs["core"], pairs["spurious"]
    counted = pd.DataFrame(
        {
            "n_core": core.notna(),
            "n_spurious": spurious.notna(),
            "right_core": core == 1,
            "right_spurious": spurious == 1,
            "only_core": (core == 1) & (spurious == 0),
            "only_spurious": (core == 0) & (spurious == 1),
        }
    )
    found = counted.groupby(level=KEYS).sum()
    everything = joined.groupby(["candidate_id", "model"]).size().index
    index = pd.MultiIndex.from_tuples(
        [(*pair, part) for part in ("selection", "fresh") for pair in everything], names=KEYS
    )
    return found.reindex(index, fill_value=0).astype(np.int64)


def compare_pairs(asked: pd.DataFrame, responses: pd.DataFrame) -> pd.DataFrame:
    """Compare the two images of every minimal pair that decides.

    Args:
        asked: As `group_samples` returns it.
        responses: A `responses` table over these questions, of any number of models.

    Returns:
        Right answers to the core image less to the spurious one, -1, 0 or 1; missing where a model
        did not answer both. One row per candidate and model, one column per seed.
    """
    pairs = _answers_by_seed(responses.merge(asked, on="sample_id", validate="m:1"))
    difference = (pairs["core"] - pairs["spurious"]).unstack("seed")
    deciding = difference.index.get_level_values("part") == "selection"
    return difference[deciding].droplevel("part")


def _answers_by_seed(joined: pd.DataFrame) -> pd.DataFrame:
    """Whether the core and the spurious image of a seed are answered rightly, 0 or 1."""
    made = joined[joined["outcome"] != "failed"].assign(
        right=lambda rows: (rows["choice"] == rows["answer"]).fillna(False).astype(float)
    )
    pairs = made.pivot(index=[*KEYS, "seed"], columns="group", values="right")
    return pairs.reindex(columns=["core", "spurious"])


def _check_models(joined: pd.DataFrame) -> None:
    """Refuse a model without a single answer; a gap of nothing would look like a gap of 0."""
    for model, rows in joined.groupby("model"):
        answered = int((rows["outcome"] == "answered").sum())
        if answered == 0:
            outcomes = ", ".join(f"{n} {o}" for o, n in rows["outcome"].value_counts().items())
            raise Problem(
                f"Verification model {model} answered none of {len(rows)} questions ({outcomes});"
                " fix it or remove it from verification.models."
            )
        if failed := int((rows["outcome"] == "failed").sum()):
            log.warning(
                "Model %s: %d of %d requests failed and do not count", model, failed, len(rows)
            )
