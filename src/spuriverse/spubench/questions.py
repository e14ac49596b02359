"""From accepted candidates to multiple-choice questions with balanced positions."""

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd

from spuriverse.problems import Problem
from spuriverse.spubench.features import FEATURE_QUESTION, Features, with_two_features
from spuriverse.spubench.proposals import BENCHMARK
from spuriverse.tables import SPURIOUS_TYPES, sample_id

OPTION_COLUMNS = ["sample_id", "option", "role", "spurious_type"]

Confused = dict[tuple[str, str], Counter[str]]
"""(True class, preferred class) -> how often under which type."""

Option = tuple[str, tuple[str, str]]
"""A text, its role and its type."""


def write_questions(
    drafts: pd.DataFrame,
    candidates: pd.DataFrame,
    *,
    form: str = "object",
    options: int = 4,
    per_type: int | None = None,
    seed: int = 0,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Write the questions of the accepted candidates.

    In the form `object`, beside the right class stand the preferred one and further classes: first
    those that the same true class was confused with under other types, then those ranked above it,
    then any. In the form `feature`, beside the core attribute stand the spurious one and further
    spurious ones (`Features`); such a question has an id of its own. Within each type, and among
    all questions with as many options, no two positions hold the right option more often than the
    other by more than one.

    Args:
        drafts: A `samples` table as `propose_core_and_spurious` returns it.
        candidates: A `candidates` table of accepted ones, one per sample.
        form: What the questions ask for, one of `QUESTION_FORMS`.
        options: Options a question; fewer where there are not as many classes.
        per_type: Most questions per type; None for all.
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
    if form == "feature":
        chosen = with_two_features(chosen)
        features = Features(joined)
        drawn = [_feature_options(row, features, options - 1, rng) for row in chosen]
    else:
        wrong = [_wrong_options(row, confused, names, options - 1, rng) for row in chosen]
        drawn = [
            (row["label"], [(text, _roles(row, text, confused)) for text in texts])
            for row, texts in zip(chosen, wrong, strict=True)
        ]
    places = _positions([1 + len(texts) for _, texts in drawn])
    samples, attributes, roles = [], [], []
    for row, (right, texts), place in zip(chosen, drawn, places, strict=True):
        shuffled = [texts[i] for i in rng.permutation(len(texts))]
        listed = [*shuffled[:place], (right, ("right", "")), *shuffled[place:]]
        key, question = row["sample_id"], row["question"]
        if form == "feature":
            key, question = sample_id(BENCHMARK, key, FEATURE_QUESTION), FEATURE_QUESTION
        samples.append(
            {
                "sample_id": key,
                "benchmark": row["benchmark"],
                "image": row["image"],
                "question": question,
                "options": [text for text, _ in listed],
                "answer": place,
                "category": row["kind"],
                "attributes": [],
            }
        )
        attributes.append({"sample_id": key, **_attributes(row, form)})
        roles += [(key, text, *role) for text, role in listed]
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
            f"A candidate has the type '{strangers[0]}', which is not one of"
            f" {', '.join(SPURIOUS_TYPES)}; correct it on the review page."
        )
    right = [
        texts[answer] for texts, answer in zip(joined["options"], joined["answer"], strict=True)
    ]
    return joined.assign(label=right)


def _confused(joined: pd.DataFrame) -> Confused:
    found: Confused = {}
    for row in joined.itertuples():
        found.setdefault((str(row.label), str(row.predicted)), Counter())[str(row.kind)] += 1
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
    label, preferred, kind = row["label"], row["predicted"], row["kind"]
    others = {
        other: _type_of(types)
        for (right, other), types in sorted(confused.items())
        if right == label and other != preferred
    }
    shuffled = [list(others)[i] for i in rng.permutation(len(others))]
    # First one class of each other type, so that the options cover as many types as possible.
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


def _feature_options(
    row: dict[Any, Any], features: Features, n: int, rng: np.random.Generator
) -> tuple[str, list[Option]]:
    """The core attribute, and the wrong features with their roles."""
    first, *further = features.wrong(row, n, rng)
    others = [(text, ("other", kind)) for text, kind in further]
    return row["core_description"].strip(), [(first[0], ("spurious", first[1])), *others]


def _attributes(row: dict[Any, Any], form: str) -> dict[str, Any]:
    if not row["core_description"].strip():
        raise Problem(
            f"The candidate {row['candidate_id']} has no core attribute; write it on the review"
            " page into the field for the scene without the spurious one."
        )
    return {
        "label": row["label"],
        "predicted": row["predicted"],
        "core": row["core_description"],
        "spurious": row["attribute"].partition(":")[2],
        "spurious_types": [row["kind"]],
        "question_form": form,
        "label_source": "class",
        "region_spurious": None,
        "region_object": None,
    }


def _roles(row: dict[Any, Any], option: str, confused: Confused) -> tuple[str, str]:
    """The role of a wrong class, and the type under which it was confused with the true one."""
    if option == row["predicted"]:
        return "spurious", row["kind"]
    return "other", _type_of(confused.get((row["label"], option), Counter()))


def _type_of(types: Counter[str]) -> str:
    """The most frequent type; of several the first of the nine."""
    return max(SPURIOUS_TYPES, key=lambda name: types[name]) if types else ""
