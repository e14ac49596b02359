"""What every point answers right by kind of attribute and by question, to say where one fails."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

PART_KEYS = ("method", "setting", "knob", "half")
PART_COLUMNS = (*PART_KEYS, "grouping", "group", "subset", "n", "correct")
OWN_SUBSETS = ("spurious", "aligned", "ordinary", "core", "aligned_without_cue")
KIND, QUESTION = "kind", "question"
"""By what the questions are grouped: the kind of their attribute, or their text."""


class PartAccuracies:
    """Right answers of the points of a split, counted by kind of attribute and by question."""

    def __init__(self, asked: pd.DataFrame, types: pd.DataFrame) -> None:
        """Remember which question belongs where.

        Args:
            asked: As `select_asked` returns it.
            types: A `types` table, with the kind of the attribute of every candidate in `asked`.
        """
        kinds = dict(zip(types["candidate_id"], types["kind"], strict=True))
        by_sample = asked.set_index("sample_id")
        own = by_sample["subset"].isin(OWN_SUBSETS)
        self._group_of = {
            KIND: by_sample["candidate_id"].map(kinds).dropna(),
            # Other benchmarks have too many questions to tell apart.
            QUESTION: by_sample["question"].where(own, by_sample["subset"]),
        }
        self._parts: list[pd.DataFrame] = []

    def add(self, point: Mapping[str, Any], marked: pd.DataFrame) -> None:
        """Count the answers of a point on one half of the questions.

        Args:
            point: Has method, setting, knob and half.
            marked: As `spuriverse.evaluation.mark_responses` returns it, of that half alone.
        """
        for grouping, group_of in self._group_of.items():
            known = marked[marked["sample_id"].isin(group_of.index)]
            groups = known["sample_id"].map(group_of).rename("group")
            counts = known.groupby([groups, known["subset"]])["correct"].agg(["size", "sum"])
            counts = counts.reset_index().rename(columns={"size": "n", "sum": "correct"})
            keys = {name: point[name] for name in PART_KEYS}
            self._parts.append(counts.assign(**keys, grouping=grouping))

    def table(self) -> pd.DataFrame:
        """Return the columns of `PART_COLUMNS`: questions asked and answered right."""
        return pd.concat(self._parts, ignore_index=True)[list(PART_COLUMNS)]
