"""Accuracy of every model on every type of spurious correlation, and which types mix."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spuriverse.evaluation import (
    ACCURACY,
    OUTCOMES,
    SHOWN_ACCURACY,
    SHOWN_OUTCOMES,
    count_outcomes,
    estimate_share,
    mark_responses,
    only_protocol,
    sampling_units,
)
from spuriverse.problems import Problem
from spuriverse.statistics import clustered_share, stratified_bootstrap
from spuriverse.tables import SPURIOUS_TYPES, interval

MACRO = "macro average"
WHOLE = "all questions"
UNTYPED = "none"
"""Marks a wrong option with which the true class was confused under no type."""

COUNTED = ("questions", "correlations")
"""What a row rests on beside its answers: distinct questions, and distinct spurious correlations,
which are what is sampled."""

ACCURACY_COLUMNS = (
    "model",
    "spurious_type",
    "in_paper",
    "strategy",
    "protocol",
    "n",
    *COUNTED,
    *OUTCOMES,
    *ACCURACY,
    "misled",
    "misled_low",
    "misled_high",
    "type_sd",
    "noise_sd",
    "corrected_sd",
)
ACCURACY_SHOWN: Mapping[str, str] = {
    "model": "{model}",
    "type": "{spurious_type}",
    "n": "{n:,}",
    "correlations": "{correlations}",
    **SHOWN_OUTCOMES,
    **SHOWN_ACCURACY,
    "misled (95 %)": interval("misled", "misled_low", "misled_high"),
    "SD over types": "{type_sd:.3f}",
    "of it noise": "{noise_sd:.3f}",
    "less noise": "{corrected_sd:.3f}",
}
"""What people see of the table: heading -> format."""

CONFUSION_TABLE_COLUMNS = (
    "model",
    "spurious_type",
    "predicted_type",
    "strategy",
    "protocol",
    "n",
    *COUNTED,
    "predicted",
    "share",
    "low",
    "high",
)
CONFUSION_SHOWN: Mapping[str, str] = {
    "model": "{model}",
    "type of the question": "{spurious_type}",
    "type of the predicted class": "{predicted_type}",
    "questions that offer one": "{n:,}",
    "predicted": "{predicted:,}",
    "share (95 %)": interval("share", "low", "high"),
}


def read_asked(samples: pd.DataFrame, attributes: pd.DataFrame) -> pd.DataFrame:
    """Return the questions as `mark_responses` takes them.

    Returns:
        A row for each question and each of its types: the columns of `samples` and label,
        predicted, spurious; `subset` is the type, `cluster` the spurious correlation (which
        attribute leads to which class), or the question where it has several types or names no
        class.

    Raises:
        Problem: A question has no attributes.
    """
    names = ["sample_id", "label", "predicted", "spurious", "spurious_types"]
    asked = samples.merge(attributes[names], on="sample_id", validate="one_to_one")
    if len(asked) < len(samples):
        raise Problem(
            f"{len(samples) - len(asked)} questions have no row in the table of attributes; write"
            " the questions again."
        )
    correlation = asked["spurious"].str.casefold() + " -> " + asked["predicted"]
    alone = (asked["spurious_types"].map(len) > 1) | (asked["predicted"] == "")
    cluster = correlation.mask(alone, asked["sample_id"])
    typed = asked.assign(cluster=cluster).explode("spurious_types", ignore_index=True)
    return typed.rename(columns={"spurious_types": "subset"})


def count_correlations(marked: pd.DataFrame) -> dict[str, int]:
    """Return the distinct questions and spurious correlations of marked responses."""
    return {
        "questions": marked["sample_id"].nunique(),
        "correlations": marked["cluster"].nunique(),
    }


def note_on_form(attributes: pd.DataFrame) -> str:
    """Say what the questions ask for.

    Args:
        attributes: An `attributes` table.
    """
    n = attributes["question_form"].value_counts().to_dict()
    asks = {"object": "what object is shown", "feature": "which feature tells what the object is"}
    return " ".join(f"{n[form]:,} questions ask {asks[form]}." for form in asks if form in n)


def once(asked: pd.DataFrame, subset: str) -> pd.DataFrame:
    """Return every question of `read_asked` once, as a part of one subset."""
    return asked.drop_duplicates("sample_id").assign(subset=subset)


def types_of(asked: pd.DataFrame) -> list[str]:
    """Return the types of the questions: those of the nine in their order, then other labels."""
    there = set(asked["subset"])
    return [t for t in SPURIOUS_TYPES if t in there] + sorted(there - set(SPURIOUS_TYPES))


def accuracy_by_type(
    asked: pd.DataFrame,
    options: pd.DataFrame,
    responses: pd.DataFrame,
    *,
    strategy: str,
    seed: int,
    resamples: int,
) -> pd.DataFrame:
    """Estimate how every model does on every type.

    Args:
        asked: As `read_asked` returns it.
        options: The `options` table of the questions.
        responses: A `responses` table of any number of models and strategies.
        strategy: Whose responses count.
        seed: Of the bootstrap of the macro average, which resamples spurious correlations within
            types.
        resamples: Bootstrap resamples.

    Returns:
        The columns of `ACCURACY_COLUMNS`: a row for each model and type, in the order of
        `types_of`; one for all questions, each once; and one for the macro average, in which each
        of the nine types counts the same. A question with two types counts for both. misled is the
        share of answers that are a spurious option: the class CLIP preferred, or a spurious
        feature. On the macro average's row alone: type_sd,
        the population standard deviation of the types' accuracies; noise_sd, what chance alone
        would make of it if the types were alike; corrected_sd, the former less the latter as
        variances. A failed request is in no share; an abstention or
        an unparsed reply counts as wrong.

    Raises:
        Problem: Nobody answered by the strategy, or several protocols did.
    """
    given = _given(responses, strategy)
    settings = {"seed": seed, "resamples": resamples}
    rows: list[dict[str, Any]] = []
    for model in dict.fromkeys(given["model"]):
        mine = given[given["model"] == model]
        marked = _marked(asked, options, mine)
        whole = once(marked, WHOLE)
        types = types_of(asked)
        counts = count_outcomes(pd.concat([asked, once(asked, WHOLE)]), mine, (*types, WHOLE))
        about = {"model": model, "strategy": strategy, "protocol": only_protocol(given)}
        for name in (*types, WHOLE):
            part = whole if name == WHOLE else marked[marked["subset"] == name]
            row = about | {"spurious_type": name}
            row |= {"in_paper": name in SPURIOUS_TYPES} if name != WHOLE else {}
            row |= counts.loc[name].to_dict() | _estimates(part)
            rows.append(row)
        counted = asked[asked["subset"].isin(SPURIOUS_TYPES)]
        nine = marked[marked["subset"].isin(SPURIOUS_TYPES)]
        told = count_outcomes(once(counted, MACRO), mine, (MACRO,)).sum()
        rows.append(about | told.to_dict() | _macro(nine, **settings))
    table = pd.DataFrame(rows, columns=list(ACCURACY_COLUMNS))
    return table.astype(dict.fromkeys(("n", *COUNTED, *OUTCOMES), "Int64"))


def confusion_between_types(
    asked: pd.DataFrame,
    options: pd.DataFrame,
    responses: pd.DataFrame,
    *,
    strategy: str,
) -> pd.DataFrame:
    """Count, for questions of each type, of which type the class is that was chosen wrongly.

    The type of a wrong class is the one under which CLIP most often took the true class for it; of
    the class that CLIP preferred on this very image it is the type of the question. A model that is
    misled by what misled CLIP has its wrong answers on the diagonal.

    Args:
        asked: As `read_asked` returns it.
        options: The `options` table of the questions.
        responses: As in `accuracy_by_type`.
        strategy: Whose responses count.

    Returns:
        The columns of `CONFUSION_TABLE_COLUMNS`, a row for each model and pair of types of which
        there is an option: n, answers to questions of spurious_type that offer a class of
        predicted_type; predicted, how many chose one; share, predicted / n.

    Raises:
        Problem: As in `accuracy_by_type`.
    """
    given = _given(responses, strategy)
    protocol = only_protocol(given)
    wrong = options[options["role"] != "right"]
    typed = wrong.assign(predicted_type=wrong["spurious_type"].replace("", UNTYPED))
    offered = typed[["sample_id", "predicted_type"]].drop_duplicates()
    rows = []
    for model in dict.fromkeys(given["model"]):
        marked = _marked(asked, options, given[given["model"] == model])
        picked = marked.merge(
            typed[["sample_id", "option", "predicted_type"]], on=["sample_id", "option"], how="left"
        ).rename(columns={"predicted_type": "picked"})
        pairs = picked.merge(offered, on="sample_id")
        # Hundreds of parts: what each of them needs is numbered once for all.
        hit = (pairs["picked"] == pairs["predicted_type"]).to_numpy(bool)
        units, *counted = map(
            _numbered, (sampling_units(pairs), pairs["sample_id"], pairs["cluster"])
        )
        parts = pairs.groupby(["subset", "predicted_type"]).indices
        for name in types_of(asked):
            for predicted_type in (*SPURIOUS_TYPES, UNTYPED):
                part = parts.get((name, predicted_type))
                if part is None:
                    continue
                found = clustered_share(hit[part], units[part])
                about = (model, name, predicted_type, strategy, protocol)
                counts = (found.n, *(len(set(n[part].tolist())) for n in counted))
                shares = (int(hit[part].sum()), found.value, found.low, found.high)
                rows.append((*about, *counts, *shares))
    return pd.DataFrame(rows, columns=list(CONFUSION_TABLE_COLUMNS))


def _numbered(labels: pd.Series) -> NDArray[np.intp]:
    """The number of each label among the sorted ones."""
    return np.unique(labels.to_numpy(object), return_inverse=True)[1]


def _given(responses: pd.DataFrame, strategy: str) -> pd.DataFrame:
    given = responses[responses["strategy"] == strategy]
    if given.empty:
        raise Problem(f"No model answered by the strategy '{strategy}'; ask the models first.")
    return given


def _marked(asked: pd.DataFrame, options: pd.DataFrame, responses: pd.DataFrame) -> pd.DataFrame:
    """Marked responses of one model, with the chosen option and whether it is the spurious one."""
    marked = mark_responses(asked, responses)
    listed = dict(zip(asked["sample_id"], asked["options"], strict=True))
    choice = responses.set_index("sample_id")["choice"].to_dict()
    marked["option"] = [
        "" if pd.isna(choice[name]) else listed[name][int(choice[name])]
        for name in marked["sample_id"]
    ]
    spurious = options[options["role"] == "spurious"]
    listed_pairs = set(zip(spurious["sample_id"], spurious["option"], strict=True))
    marked["misled"] = [
        pair in listed_pairs for pair in zip(marked["sample_id"], marked["option"], strict=True)
    ]
    return marked


def _estimates(part: pd.DataFrame) -> dict[str, float]:
    if part.empty:
        return {}
    right, misled = estimate_share(part), estimate_share(part, "misled")
    return {
        **count_correlations(part),
        **{"accuracy": right.value, "low": right.low, "high": right.high},
        **{"misled": misled.value, "misled_low": misled.low, "misled_high": misled.high},
    }


def _macro(marked: pd.DataFrame, *, seed: int, resamples: int) -> dict[str, Any]:
    row: dict[str, Any] = {"spurious_type": MACRO} | count_correlations(marked)
    if marked.empty:
        return row
    settings: dict[str, Any] = {"seed": seed, "resamples": resamples}
    labels = (marked["subset"], marked["cluster"])
    # A question of two types is drawn for both or for neither.
    joint = bool(marked["sample_id"].duplicated().any())
    right = stratified_bootstrap(marked["correct"], *labels, joint=joint, **settings)
    misled = stratified_bootstrap(marked["misled"], *labels, joint=joint, **settings).mean
    row |= {"accuracy": right.mean.value, "low": right.mean.low, "high": right.mean.high}
    row |= {"misled": misled.value, "misled_low": misled.low, "misled_high": misled.high}
    return row | {
        "type_sd": right.spread,
        "noise_sd": right.noise,
        "corrected_sd": right.corrected_spread,
    }
