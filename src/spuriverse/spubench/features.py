"""The options of questions that ask which feature tells what the object is."""

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

log = logging.getLogger(__name__)

FEATURE_QUESTION = "Which feature best tells what the object in the picture is?"
"""Ours, after the published questions: one core attribute against spurious ones."""

Feature = tuple[str, str]
"""A spurious attribute and its type."""


class Features:
    """The spurious attributes of all candidates, from which wrong options are drawn."""

    def __init__(self, joined: pd.DataFrame) -> None:
        """Take accepted candidates with their true classes (`label`)."""
        self._rows: list[dict[Any, Any]] = joined.to_dict("records")
        self._cores: dict[str, set[str]] = {}
        for row in self._rows:
            self._cores.setdefault(row["label"], set()).add(_folded(row["core_description"]))

    def wrong(self, row: dict[Any, Any], n: int, rng: np.random.Generator) -> list[Feature]:
        """Return up to n wrong features for a candidate, its own spurious attribute first.

        Then those of other images of the same class, those that led to the same preferred class,
        and any; of each group first one of every other type. What is a core attribute of the class
        is never wrong.
        """
        own = feature_of(row)
        near = [self._rows[i] for i in rng.permutation(len(self._rows))]
        groups = (
            [one for one in near if one["label"] == row["label"]],
            [one for one in near if one["predicted"] == row["predicted"]],
            near,
        )
        taken = {_folded(own[0]), *self._cores[row["label"]]}
        found, types = [own], {own[1]}
        for group in groups:
            for fresh in (True, False):
                for text, kind in map(feature_of, group):
                    if (
                        len(found) < n
                        and _folded(text) not in taken
                        and (kind not in types) == fresh
                    ):
                        found.append((text, kind))
                        taken.add(_folded(text))
                        types.add(kind)
        return found[:n]


def feature_of(row: dict[Any, Any]) -> Feature:
    """Return a candidate's spurious attribute and its type."""
    return str(row["attribute"]).partition(":")[2].strip(), str(row["kind"])


def with_two_features(rows: Sequence[dict[Any, Any]]) -> list[dict[Any, Any]]:
    """Leave out candidates whose core and spurious attribute are the same words."""
    kept = [r for r in rows if _folded(r["core_description"]) != _folded(feature_of(r)[0])]
    if len(kept) < len(rows):
        log.warning(
            "%d candidates are left out because their core and spurious attribute are the same"
            " words; tell them apart on the review page",
            len(rows) - len(kept),
        )
    return kept


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
