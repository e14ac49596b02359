"""One sample on a page of its own: image, question, options, and what every model replied."""

import string
from difflib import get_close_matches
from typing import Any

import pandas as pd

from spuriverse.problems import Problem
from spuriverse.questions import open_image
from spuriverse.report.pages.templating import embed_image, fill_template

_LETTERS = string.ascii_uppercase
_HEADINGS = ("model", "strategy", "outcome", "choice", "reply", "scores", "tokens", "seconds")


def render_sample(asked: pd.DataFrame, responses: pd.DataFrame, sample_id: str) -> str:
    """Return a page that shows one sample with the replies of all models.

    Args:
        asked: As `spuriverse.evaluation.evaluation_samples` returns it.
        responses: A `responses` table of any number of models and strategies.
        sample_id: Which sample.

    Returns:
        HTML; the image is part of it. See `fill_template`.

    Raises:
        Problem: There is no such sample, or its image cannot be opened.
    """
    places = asked[asked["sample_id"] == sample_id].to_dict("records")
    if not places:
        raise Problem(_no_sample(asked, sample_id))
    sample = places[0]
    options = [_named(index, option) for index, option in enumerate(sample["options"])]
    given = responses[responses["sample_id"] == sample_id]
    values = {
        "sample": sample,
        "subsets": list(dict.fromkeys(f"{p['subset']} ({p['cluster']})" for p in places)),
        "image": embed_image(open_image(sample["image"])),
        "options": options,
        "headings": _HEADINGS,
        "replies": [_reply(row, options) for row in given.to_dict("records")],
    }
    return fill_template("sample", values)


def _no_sample(asked: pd.DataFrame, sample_id: str) -> str:
    closest = get_close_matches(sample_id, asked["sample_id"].tolist(), n=1)
    hint = f" (did you mean {closest[0]!r}?)" if closest else ""
    return (
        f"There is no sample {sample_id!r} in the evaluation sets{hint}; take an id from the"
        " column sample_id of the responses."
    )


def _named(index: int, option: str) -> str:
    letter = _LETTERS[index] if index < len(_LETTERS) else str(index + 1)
    return f"({letter}) {option}"


def _reply(row: dict[Any, Any], options: list[str]) -> dict[Any, Any]:
    """A row of the `responses` with its choice as a number or None, and its scores by option."""
    return row | {
        "choice": None if pd.isna(row["choice"]) else int(row["choice"]),
        "scores": list(zip(options, row["option_scores"], strict=False)),
    }
