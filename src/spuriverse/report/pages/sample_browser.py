"""Every question with its image and all replies, on one page with filters."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pandas as pd

from spuriverse.problems import Problem
from spuriverse.report.pages.templating import fill_template

LARGEST_PAGE = 16_000_000
"""Bytes of questions and replies that a page may hold; a browser opens that at once."""

_LONGEST_REPLY = 4_000
_SHOWN = (
    *("sample_id", "model", "strategy", "outcome", "choice", "reply", "option_scores"),
    *("tokens", "seconds"),
)
"""Of a reply."""

BROWSED_COLUMNS = (
    *("sample_id", "subset", "type", "attribute", "image", "question", "options", "answer"),
    "misleading",
)
"""What is shown of a question; `misleading` lists the options to which its attribute leads."""


@dataclass(frozen=True)
class Browsed:
    """What the page holds.

    Attributes:
        models: Their names.
        strategies: Names of prompting strategies and other variants.
        samples: One entry for each question, the one that most models got wrong first.
        questions: How many questions there are in all.
    """

    models: list[str]
    strategies: list[str]
    samples: list[dict[str, Any]]
    questions: int


def collect_browsed(
    asked: pd.DataFrame,
    responses: pd.DataFrame,
    folder: str | Path,
    *,
    first: str | None = None,
    largest: int = LARGEST_PAGE,
) -> Browsed:
    """Gather the questions and the replies to them.

    Args:
        asked: The columns `BROWSED_COLUMNS`, one row per place of a question in the sets.
        responses: A `responses` table of any number of models and strategies.
        folder: Where the page will lie; images are named as seen from there.
        first: The question that is shown first; None for the one that most models got wrong.
        largest: Bytes that the questions and replies may take; the easiest are left out.

    Returns:
        What `render_browser` shows. A reply of more than 4,000 characters is cut.

    Raises:
        Problem: No model was asked any of the questions, or none of the name `first`.
    """
    asked = asked[asked["sample_id"].isin(responses["sample_id"])]
    if asked.empty:
        raise Problem("No model answered a question yet; evaluate the models first.")
    if first is not None and first not in set(asked["sample_id"]):
        raise Problem(_no_sample(asked, first))
    models = list(dict.fromkeys(responses["model"]))
    strategies = list(dict.fromkeys(responses["strategy"]))
    replies: dict[str, list[dict[Any, Any]]] = {}
    # By columns: `to_dict` looks at the type of every value.
    for values in zip(*(responses[name].tolist() for name in _SHOWN), strict=True):
        reply = dict(zip(_SHOWN, values, strict=True))
        replies.setdefault(reply["sample_id"], []).append(reply)
    entries = [
        _entry(row, replies.get(row["sample_id"], []), models, strategies, Path(folder))
        for row in asked.to_dict("records")
    ]
    entries.sort(key=lambda entry: (entry["id"] != first, -entry.pop("wrong")))
    return Browsed(models, strategies, _as_many_as_fit(entries, largest), len(entries))


def render_browser(browsed: Browsed) -> str:
    """Return the page; it loads the images where they lie.

    Args:
        browsed: As `collect_browsed` returns it.

    Returns:
        HTML that loads images from files and nothing else. See `fill_template`.
    """
    attributes = sorted({entry["attribute"] for entry in browsed.samples} - {""})
    values = {
        "browsed": browsed,
        "models": {"": "any"} | {name: name for name in browsed.models},
        "subsets": {"": "all"}
        | {name: name for name in dict.fromkeys(entry["subset"] for entry in browsed.samples)},
        "types": {"": "all"} | {name: name for name in attributes},
        "outcomes": {
            "": "any",
            "right": "right",
            "wrong": "wrong",
            "fooled": "fooled by the attribute",
            "none": "no answer",
        },
        "content": {
            "models": browsed.models,
            "strategies": browsed.strategies,
            "samples": browsed.samples,
        },
    }
    return fill_template("samples", values, images="'self' file:", script="samples.js")


def _no_sample(asked: pd.DataFrame, sample_id: str) -> str:
    closest = get_close_matches(sample_id, asked["sample_id"].tolist(), n=1)
    hint = f" (did you mean {closest[0]!r}?)" if closest else ""
    return (
        f"There is no sample {sample_id!r} in the evaluation sets{hint}; take an id from the"
        " column sample_id of the responses for evaluation.inspect."
    )


def _entry(
    row: dict[Any, Any],
    replies: Sequence[dict[Any, Any]],
    models: list[str],
    strategies: list[str],
    folder: Path,
) -> dict[str, Any]:
    answer, misleading = int(row["answer"]), [int(index) for index in row["misleading"]]
    shown = []
    wrong = set()
    for reply in replies:
        choice = None if pd.isna(reply["choice"]) else int(reply["choice"])
        if reply["outcome"] != "failed" and choice != answer:
            wrong.add(reply["model"])
        shown.append(
            {
                "model": models.index(reply["model"]),
                "strategy": strategies.index(reply["strategy"]),
                "outcome": _outcome(reply["outcome"], choice, answer, misleading),
                "said": reply["outcome"],
                "choice": choice,
                "reply": _cut(str(reply["reply"])),
                "scores": [_rounded(score) for score in reply["option_scores"]],
                "tokens": int(reply["tokens"]),
                "seconds": float(f"{reply['seconds']:.3g}"),
            }
        )
    return {
        "id": row["sample_id"],
        "subset": row["subset"],
        "type": row["type"],
        "attribute": row["attribute"],
        "image": quote(os.path.relpath(row["image"], folder)),
        "question": row["question"],
        "options": list(row["options"]),
        "answer": answer,
        "misleading": misleading,
        "replies": shown,
        "wrong": len(wrong),
    }


def _outcome(outcome: str, choice: int | None, answer: int, misleading: list[int]) -> str:
    """What the filter calls it: right, fooled, wrong (otherwise), or none."""
    if outcome == "failed" or choice is None:
        return "none"
    if choice == answer:
        return "right"
    return "fooled" if choice in misleading else "wrong"


def _rounded(score: float) -> float | None:
    return round(float(score), 3) if np.isfinite(score) else None


def _cut(reply: str) -> str:
    if len(reply) <= _LONGEST_REPLY:
        return reply
    return f"{reply[:_LONGEST_REPLY]}… ({len(reply):,} characters)"


def _as_many_as_fit(entries: list[dict[str, Any]], largest: int) -> list[dict[str, Any]]:
    """The first entries that together take no more bytes than allowed; one at least."""
    size = 0
    for number, entry in enumerate(entries):
        size += len(json.dumps(entry))
        if size > largest and number:
            return entries[:number]
    return entries
