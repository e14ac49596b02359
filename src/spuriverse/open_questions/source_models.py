"""Is what is found the source model's alone: types of several models, and each on the others'."""

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import pandas as pd

from spuriverse.evaluation import mark_responses
from spuriverse.open_questions.answers import DIFFERENCE, SHARE, answer, as_table
from spuriverse.statistics import Estimate, clustered_difference, clustered_share

COUNT = "number"
OWN, OTHERS, UNION = "own types", "types of the others", "union of types"


def compare_sources(
    types: Mapping[str, pd.DataFrame],
    asked: Mapping[str, pd.DataFrame],
    responses: Mapping[str, pd.DataFrame],
) -> pd.DataFrame:
    """Say what models share of what is found on each, and how robust each is on the others' types.

    Args:
        types: Source model -> the `types` found on it.
        asked: Source model -> the groups of its types, as
            `spuriverse.evaluation.evaluation_samples` returns them.
        responses: Source model -> the `responses` of all models to its groups.

    Returns:
        Columns `ANSWER_COLUMNS`. Shared is a share of all that either model has, of attributes, or
        of pairs of an attribute and the wrong answer that it leads to; a gap is the accuracy on
        core groups less that on spurious ones. Intervals are over attributes.
    """
    rows = [*_found(types), *_shared(types)]
    marked = {
        source: mark_responses(asked[source], responses[source]).assign(found_on=source)
        for source in types
    }
    answers = pd.concat(marked.values(), ignore_index=True)
    for model in types:
        mine = answers[answers["model"] == model]
        own = mine["found_on"] == model
        sets = {
            **{f"types of {source}": mine[mine["found_on"] == source] for source in types},
            OWN: mine[own],
            OTHERS: mine[~own],
            UNION: mine.drop_duplicates("sample_id"),
        }
        for condition, part in sets.items():
            if not part.empty:
                rows += _robustness(model, condition, part)
        if own.all() or not own.any():
            continue
        rows.append(_apart(model, f"{OWN} less {OTHERS}", sets[OWN], sets[OTHERS]))
    return as_table(rows)


def _found(types: Mapping[str, pd.DataFrame]) -> list[dict[str, Any]]:
    rows = []
    every = {**types, "union": pd.concat(types.values())}
    for source, found in every.items():
        pairs = found.drop_duplicates(["attribute", "predicted"])
        names = found["attribute"].unique()
        counts = {
            "types": len(found),
            "attributes": len(names),
            "attributes with their answers": len(pairs),
        }
        for measure, number in counts.items():
            told = Estimate(len(found), number, math.nan, math.nan)
            rows.append(answer(source, "found", measure, COUNT, told, names))
    return rows


def _shared(types: Mapping[str, pd.DataFrame]) -> list[dict[str, Any]]:
    rows = []
    for measure, columns in (
        ("attributes", ["attribute"]),
        ("attributes with their answers", ["attribute", "predicted"]),
    ):
        for first, second in combinations(types, 2):
            rows.append(
                _common(types, (first, second), first, f"shared with {second}", measure, columns)
            )
        if len(types) > 2:
            rows.append(_common(types, tuple(types), "all", "shared by all", measure, columns))
    return rows


def _common(
    types: Mapping[str, pd.DataFrame],
    sources: Sequence[str],
    model: str,
    condition: str,
    measure: str,
    columns: list[str],
) -> dict[str, Any]:
    sets = [set(types[source][columns].itertuples(index=False, name=None)) for source in sources]
    either = sorted(set().union(*sets))
    in_all = [all(each in some for some in sets) for each in either]
    names = [each[0] for each in either]
    found = clustered_share(in_all, names)
    return answer(model, condition, measure, SHARE, found, names)


def _robustness(model: str, condition: str, part: pd.DataFrame) -> list[dict[str, Any]]:
    spurious, core = (part[part["subset"] == name] for name in ("spurious", "core"))
    right = clustered_share(spurious["correct"], spurious["attribute"])
    return [
        answer(model, condition, "robustness", SHARE, right, spurious["attribute"]),
        _apart(model, condition, core, spurious, "gap"),
    ]


def _apart(
    model: str,
    condition: str,
    first: pd.DataFrame,
    second: pd.DataFrame,
    measure: str = "robustness",
) -> dict[str, Any]:
    """The accuracy of one set less that of another; of whole sets on their spurious groups."""
    parts = [
        part if measure == "gap" else part[part["subset"] == "spurious"] for part in (first, second)
    ]
    found = clustered_difference(
        parts[0]["correct"], parts[0]["attribute"], parts[1]["correct"], parts[1]["attribute"]
    )
    units = pd.concat(parts)["attribute"]
    return answer(model, condition, measure, DIFFERENCE, found, units)
