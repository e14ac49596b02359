"""From accepted candidates to multiple-choice questions with balanced positions."""

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd

from spuriverse.problems import Problem
from spuriverse.tables import SPURIOUS_TYPES

OPTION_COLUMNS = ["sample_id", "option", "role", "spurious_type"]

Confused = dict[tuple[str, str], Counter[str]]
"""(True class, preferred class) -> how often under which type."""


def write_questions(
    drafts: pd.DataFrame,
    candidates: pd.DataFrame,
    *,
    options: int = 4,
    per_type: int | None = None,
    seed: int = 0,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Write the questions of the accepted candidates.

    Beside the right class stand the preferred one and further classes: first those that the same
    true class was confused with under other types, then those ranked above it, then any. Within
    each type, and among all questions with as many options, no two positions hold the right option
    more often than the other by more than one.

    Args:
        drafts: A `samples` table as `propose_core_and_spurious` returns it.
        candidates: A `candidates` table of accepted ones, one a sample.
        options: Options a question; fewer where there are not as many classes.
        per_type: Most questions a type; None for all.
        seed: Of the draw, of the further classes and of the order of options.

    Returns:
        A `samples` table (category is the type); an `attributes` table without regions; an
        `options` table: the role of every option, and for a wrong one the type under which the
        true class was most often confused with it, empty if it never was.

    Raises:
        Problem: There is no accepted candidate, or its type is none of the nine.
    """
    rng = np.random.default_rng([seed, 8])
    joined = _join(drafts, candidates)
    confused = _confused(joined)
    names = sorted({str(option) for row in joined["options"] for option in row})
    chosen = _draw(joined, per_type, rng)
    wrong = [_wrong_options(row, confused, names, options - 1, rng) for row in chosen]
    places = _positions([1 + len(texts) for texts in wrong])
    samples, attributes, roles = [], [], []
    for row, texts, place in zip(chosen, wrong, places, strict=True):
        shuffled = [texts[i] for i in rng.permutation(len(texts))]
        listed = [*shuffled[:place], row["label"], *shuffled[place:]]
        sample = {name: row[name] for name in ("sample_id", "benchmark", "image", "question")}
        samples.append(
            {
                **sample,
                "options": listed,
                "answer": place,
                "category": row["kind"],
                "attributes": [],
            }
        )
        attributes.append(_attributes(row))
        roles += [_role(row, option, confused) for option in listed]
    return (
        pd.DataFrame(samples),
        pd.DataFrame(attributes),
        pd.DataFrame(roles, columns=OPTION_COLUMNS),
    )


def _join(drafts: pd.DataFrame, candidates: pd.DataFrame) -> pd.DataFrame:
    if candidates.empty:
        raise Problem("No candidate is accepted, so there is no question to write.")
    joined = candidates.merge(drafts, on="sample_id", validate="one_to_one")
    if strangers := sorted(set(joined["kind"]) - set(SPURIOUS_TYPES)):
        raise Problem(
            f"A candidate has the type '{strangers[0]}', which is none of"
            f" {', '.join(SPURIOUS_TYPES)}; correct it on the review page."
        )
    right = [
        texts[answer] for texts, answer in zip(joined["options"], joined["answer"], strict=True)
    ]
    return joined.assign(label=right)


def _confused(joined: pd.DataFrame) -> Confused:
    found: Confused = {}
    for row in joined.itertuples():
        found.setdefault((str(row.label), str(row.chosen)), Counter())[str(row.kind)] += 1
    return found


def _draw(
    joined: pd.DataFrame, per_type: int | None, rng: np.random.Generator
) -> list[dict[Any, Any]]:
    """Return the rows in random order within their types, at most `per_type` of each."""
    rows: list[dict[Any, Any]] = []
    ordered = joined.sort_values("sample_id")
    for name in SPURIOUS_TYPES:
        mine = ordered[ordered["kind"] == name]
        order = rng.permutation(len(mine))[: per_type or len(mine)]
        rows += mine.iloc[order].to_dict("records")
    return rows


def _wrong_options(
    row: dict[Any, Any], confused: Confused, names: list[str], n: int, rng: np.random.Generator
) -> list[str]:
    """The preferred class first."""
    label, preferred, kind = row["label"], row["chosen"], row["kind"]
    others = {
        other: _type_of(types)
        for (right, other), types in sorted(confused.items())
        if right == label and other != preferred
    }
    shuffled = [list(others)[i] for i in rng.permutation(len(others))]
    # Of each other type first one class, so that the options tell as many types apart as they can.
    seen = {kind}
    first: list[str] = []
    later: list[str] = []
    for other in shuffled:
        (later if others[other] in seen else first).append(other)
        seen.add(others[other])
    rest = [names[i] for i in rng.permutation(len(names))]
    pool = [preferred, *first, *later, *row["options"], *rest]
    return [text for text in dict.fromkeys(pool) if text != label][:n]


def _positions(sizes: list[int]) -> list[int]:
    """Go through the positions in turn, for each number of options on its own."""
    given: Counter[int] = Counter()
    places = []
    for size in sizes:
        places.append(given[size] % size)
        given[size] += 1
    return places


def _attributes(row: dict[Any, Any]) -> dict[str, Any]:
    if not row["core_description"].strip():
        raise Problem(
            f"The candidate {row['candidate_id']} has no core attribute; write it on the review"
            " page into the field for the scene without the spurious one."
        )
    return {
        "sample_id": row["sample_id"],
        "label": row["label"],
        "predicted": row["chosen"],
        "core": row["core_description"],
        "spurious": row["attribute"].partition(":")[2],
        "spurious_type": row["kind"],
        "region_spurious": None,
        "region_object": None,
    }


def _role(row: dict[Any, Any], option: str, confused: Confused) -> dict[str, str]:
    role = {row["label"]: "right", row["chosen"]: "spurious"}.get(option, "other")
    types = confused.get((row["label"], option), Counter())
    spurious_type = row["kind"] if role == "spurious" else _type_of(types)
    return {
        "sample_id": row["sample_id"],
        "option": option,
        "role": role,
        "spurious_type": "" if role == "right" else spurious_type,
    }


def _type_of(types: Counter[str]) -> str:
    """The most frequent type; of several the first of the nine."""
    return max(SPURIOUS_TYPES, key=lambda name: types[name]) if types else ""
