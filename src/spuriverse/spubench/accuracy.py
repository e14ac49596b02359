"""Accuracy of every model on every type of spurious correlation, and which types mix."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from spuriverse.evaluation import (
    OUTCOMES,
    count_outcomes,
    estimate_accuracy,
    mark_responses,
    only_protocol,
)
from spuriverse.problems import Problem
from spuriverse.statistics import cluster_bootstrap, stratified_bootstrap
from spuriverse.tables import CONFIRMED_TYPES, SPURIOUS_TYPES

MACRO = "macro average"
UNTYPED = "none"
"""Stands for a wrong option with which the true class was confused under no type."""

ACCURACY_COLUMNS = (
    "model",
    "spurious_type",
    "confirmed",
    "strategy",
    "protocol",
    "n",
    *OUTCOMES,
    "accuracy",
    "low",
    "high",
    "misled",
    "misled_low",
    "misled_high",
    "macro_std",
    "macro_std_low",
    "macro_std_high",
)
ACCURACY_SHOWN: Mapping[str, str] = {
    "model": "{model}",
    "type": "{spurious_type}",
    "n": "{n:,}",
    "answered / abstained / unparsed / failed": "{answered} / {abstained} / {unparsed} / {failed}",
    "accuracy (95 %)": "{accuracy:.3f} ({low:.3f} to {high:.3f})",
    "chose the spurious class (95 %)": "{misled:.3f} ({misled_low:.3f} to {misled_high:.3f})",
    "MacroStd (95 %)": "{macro_std:.3f} ({macro_std_low:.3f} to {macro_std_high:.3f})",
}
"""What people see of the table: heading -> format."""

CONFUSION_TABLE_COLUMNS = (
    "model",
    "spurious_type",
    "chosen_type",
    "strategy",
    "protocol",
    "n",
    "chosen",
    "share",
    "low",
    "high",
)
CONFUSION_SHOWN: Mapping[str, str] = {
    "model": "{model}",
    "type of the question": "{spurious_type}",
    "type of the chosen class": "{chosen_type}",
    "questions that offer one": "{n:,}",
    "chosen": "{chosen:,}",
    "share (95 %)": "{share:.3f} ({low:.3f} to {high:.3f})",
}


def read_asked(samples: pd.DataFrame, attributes: pd.DataFrame) -> pd.DataFrame:
    """Return the questions as `mark_responses` takes them.

    Returns:
        The columns of `samples` and label, predicted, spurious; `subset` is the type, `cluster` the
        spurious correlation: which attribute leads to which class.

    Raises:
        Problem: A question has no attributes.
    """
    names = ["sample_id", "label", "predicted", "spurious", "spurious_type"]
    asked = samples.merge(attributes[names], on="sample_id", validate="one_to_one")
    if len(asked) < len(samples):
        raise Problem(
            f"{len(samples) - len(asked)} questions have no row in the table of attributes; write"
            " the questions again."
        )
    cluster = asked["spurious"].str.casefold() + " -> " + asked["predicted"]
    return asked.assign(subset=asked["spurious_type"], cluster=cluster)


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
        seed: Of the bootstrap, which resamples spurious correlations within types.
        resamples: Bootstrap resamples.

    Returns:
        The columns of `ACCURACY_COLUMNS`: a row for each model and type, in the order of
        `SPURIOUS_TYPES`, and one for the macro average, in which each type counts the same. misled
        is the share of answers that are the class CLIP preferred; macro_std the population standard
        deviation of the types' accuracies, after MacroStd of "Better May Not Be Fairer" (ICCV
        2023), on the macro average's row alone. A failed request is in no share; an abstention or
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
        counts = count_outcomes(asked, mine, SPURIOUS_TYPES)
        about = {"model": model, "strategy": strategy, "protocol": only_protocol(given)}
        for name in [name for name in SPURIOUS_TYPES if name in counts.index]:
            part = marked[marked["subset"] == name]
            row = about | {"spurious_type": name, "confirmed": name in CONFIRMED_TYPES}
            row |= counts.loc[name].to_dict() | estimate_accuracy(part, **settings)
            rows.append(row | _misled(part, **settings))
        rows.append(about | counts.sum().to_dict() | _macro(marked, **settings))
    table = pd.DataFrame(rows, columns=list(ACCURACY_COLUMNS))
    return table.astype(dict.fromkeys(("n", *OUTCOMES), "Int64"))


def confusion_between_types(
    asked: pd.DataFrame,
    options: pd.DataFrame,
    responses: pd.DataFrame,
    *,
    strategy: str,
    seed: int,
    resamples: int,
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
        seed: Of the bootstrap.
        resamples: Bootstrap resamples.

    Returns:
        The columns of `CONFUSION_TABLE_COLUMNS`, a row for each model and pair of types of which
        there is an option: n, answers to questions of spurious_type that offer a class of
        chosen_type; chosen, how many chose one; share, chosen / n.

    Raises:
        Problem: As in `accuracy_by_type`.
    """
    given = _given(responses, strategy)
    protocol = only_protocol(given)
    wrong = options[options["role"] != "right"]
    typed = wrong.assign(chosen_type=wrong["spurious_type"].replace("", UNTYPED))
    offered = typed[["sample_id", "chosen_type"]].drop_duplicates()
    rows = []
    for model in dict.fromkeys(given["model"]):
        marked = _marked(asked, options, given[given["model"] == model])
        picked = marked.merge(
            typed[["sample_id", "option", "chosen_type"]], on=["sample_id", "option"], how="left"
        ).rename(columns={"chosen_type": "picked"})
        pairs = picked.merge(offered, on="sample_id")
        for name in SPURIOUS_TYPES:
            for chosen_type in (*SPURIOUS_TYPES, UNTYPED):
                part = pairs[(pairs["subset"] == name) & (pairs["chosen_type"] == chosen_type)]
                if part.empty:
                    continue
                hit = part["picked"] == chosen_type
                found = cluster_bootstrap(hit, part["cluster"], seed=seed, resamples=resamples)
                row = (model, name, chosen_type, strategy, protocol, found.n, int(hit.sum()))
                rows.append((*row, found.value, found.low, found.high))
    return pd.DataFrame(rows, columns=list(CONFUSION_TABLE_COLUMNS))


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
    spurious = options[options["role"] == "spurious"].set_index("sample_id")["option"]
    marked["misled"] = marked["option"] == marked["sample_id"].map(spurious)
    return marked


def _misled(part: pd.DataFrame, *, seed: int, resamples: int) -> dict[str, float]:
    if part.empty:
        return {}
    found = cluster_bootstrap(part["misled"], part["cluster"], seed=seed, resamples=resamples)
    return {"misled": found.value, "misled_low": found.low, "misled_high": found.high}


def _macro(marked: pd.DataFrame, *, seed: int, resamples: int) -> dict[str, Any]:
    row: dict[str, Any] = {"spurious_type": MACRO}
    if marked.empty:
        return row
    settings = {"seed": seed, "resamples": resamples}
    labels = (marked["subset"], marked["cluster"])
    right = stratified_bootstrap(marked["correct"], *labels, **settings)
    misled = stratified_bootstrap(marked["misled"], *labels, **settings).mean
    row |= {"accuracy": right.mean.value, "low": right.mean.low, "high": right.mean.high}
    row |= {"misled": misled.value, "misled_low": misled.low, "misled_high": misled.high}
    spread = right.spread
    return row | {
        "macro_std": spread.value,
        "macro_std_low": spread.low,
        "macro_std_high": spread.high,
    }
