"""The main table: every model on anchors, spurious groups and the non-spurious set."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import pandas as pd

from spuriverse.evaluation.accuracies import (
    count_units,
    estimate_share,
    mark_responses,
    sampling_units,
)
from spuriverse.evaluation.columns import COUNTED, MAIN_COLUMNS, OUTCOMES
from spuriverse.evaluation.published import PUBLISHED_COLUMNS
from spuriverse.problems import Problem
from spuriverse.statistics import (
    Estimate,
    clustered_difference,
    holm,
    independent_difference,
    mcnemar_clustered,
)

NON_SPURIOUS = "non-spurious"
MAIN_SUBSETS = ("anchor", "spurious", NON_SPURIOUS)
_PAIR = ["sample_id", "subset", "cluster"]


def main_results(
    asked: pd.DataFrame,
    responses: pd.DataFrame,
    *,
    reference_model: str | None,
    strategy: str = "direct",
    published: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Estimate how every model does by one strategy, and compare it with a reference model.

    Accuracy is the share of right answers among all but the failed requests; a question without
    a response counts as failed. Intervals are at 95 % over attributes, or over the
    images of the non-spurious set, and missing where there are too few of them.

    Args:
        asked: As `spuriverse.evaluation.evaluation_samples` returns it.
        responses: A `responses` table of any number of models and strategies.
        reference_model: With which the others are compared; None compares nothing.
        strategy: The prompting strategy.
        published: As `read_published` returns it. Published results of models that are not ours
            get rows of their own if some model of ours has the name of a published one.

    Returns:
        The columns of `MAIN_COLUMNS`, a row for each model, in the order of `responses`, and
        subset, in the order of `MAIN_SUBSETS`. n counts the responses that the accuracy is taken
        over, questions and attributes distinct ones. drop is the accuracy on the non-spurious set
        less the one here, difference the accuracy less the reference model's on the pairs, the
        questions that neither failed; p_value that of the exact paired test (`mcnemar_clustered`);
        p_adjusted corrects it by Holm's method for all tests of the table.

    Raises:
        Problem: There is no response by the strategy, none of the reference model, or the responses
            were made by several protocols.
    """
    protocol = only_protocol(responses)
    given = responses[responses["strategy"] == strategy]
    if given.empty:
        raise Problem(
            f"No model answered with the strategy {strategy!r}, which the main table shows; add it"
            " to evaluation.strategies."
        )
    models = list(dict.fromkeys(given["model"]))
    _check_reference(reference_model, models, strategy)
    questions = main_subsets(asked)
    marked = mark_responses(questions, given)
    reference = marked[marked["model"] == reference_model]
    rows = []
    for model in models:
        mine = marked[marked["model"] == model]
        outcomes = count_outcomes(questions, given[given["model"] == model])
        ordinary = mine[mine["subset"] == NON_SPURIOUS]
        for subset in outcomes.index:
            part = mine[mine["subset"] == subset]
            row = {"model": model, "subset": subset, "strategy": strategy, "protocol": protocol}
            row |= outcomes.loc[subset].to_dict() | estimate_accuracy(part)
            if subset != NON_SPURIOUS:
                row |= _drop(ordinary, part)
            if reference_model is not None and model != reference_model:
                row |= {"reference": reference_model}
                row |= compare_pairs(part, reference)
            rows.append(row)
    return finish_table(rows, MAIN_COLUMNS, published)


def main_subsets(asked: pd.DataFrame) -> pd.DataFrame:
    """Return the questions of the three subsets of the main table.

    Whatever is neither an anchor nor of a group belongs to the non-spurious set. The core groups
    are left out.
    """
    kept = asked[asked["subset"] != "core"]
    others = ~kept["subset"].isin(MAIN_SUBSETS)
    return kept.assign(subset=kept["subset"].mask(others, NON_SPURIOUS))


def only_protocol(responses: pd.DataFrame) -> str:
    """Return the protocol that made all responses.

    Raises:
        Problem: There are several, or no responses.
    """
    protocols = sorted(responses["protocol"].unique())
    if len(protocols) != 1:
        raise Problem(
            f"The responses were made by {len(protocols)} protocols ({', '.join(protocols)}) but a"
            " table shows one; evaluate the models again."
        )
    return protocols[0]


def count_outcomes(
    questions: pd.DataFrame, responses: pd.DataFrame, subsets: Sequence[str] = MAIN_SUBSETS
) -> pd.DataFrame:
    """Count the outcomes of asking one model.

    Returns:
        One row per subset that has questions, in the order of `subsets`: n, and each of `OUTCOMES`.
        A question without a response counts as failed; n counts all others. An empty reply is
        counted among the unparsed.
    """
    given = questions.merge(responses[["sample_id", "outcome"]], on="sample_id", how="left")
    outcomes = given["outcome"].fillna("failed").replace("empty", "unparsed")
    counts = pd.crosstab(given["subset"], outcomes)
    present = [subset for subset in subsets if subset in counts.index]
    counts = counts.reindex(index=present, columns=list(OUTCOMES), fill_value=0)
    counts.insert(0, "n", counts.drop(columns="failed").sum(axis=1))
    return counts


def estimate_accuracy(part: pd.DataFrame) -> dict[str, Any]:
    """Return `count_units`, accuracy, low and high of marked responses; nothing of none."""
    if part.empty:
        return {}
    return {**count_units(part), **_named(estimate_share(part), "accuracy", "low", "high")}


def compare_pairs(first: pd.DataFrame, second: pd.DataFrame) -> dict[str, float]:
    """Compare two sets of marked responses on the questions that they share.

    Returns:
        pairs, difference with difference_low and difference_high, and p_value; only pairs if the
        two share no question.
    """
    pairs = first.merge(second[[*_PAIR, "correct"]], on=_PAIR, suffixes=("", "_second"))
    if pairs.empty:
        return {"pairs": 0}
    both, units = (pairs["correct"], pairs["correct_second"]), sampling_units(pairs)
    estimate = clustered_difference(both[0], units, both[1], units)
    return {
        "pairs": len(pairs),
        **_named(estimate, "difference", "difference_low", "difference_high"),
        "p_value": mcnemar_clustered(*both, units),
    }


def finish_table(
    rows: list[dict[str, Any]], columns: tuple[str, ...], published: pd.DataFrame | None
) -> pd.DataFrame:
    """Adjust the p-values of a table's rows and put published values beside them.

    Returns:
        Exactly `columns`; what a row does not say is missing.
    """
    table = pd.DataFrame(rows, columns=list(columns))
    table["p_adjusted"] = holm(table["p_value"].astype("float64"))
    if published is not None:
        table = _beside_published(table, published)
    counted = ("n", *COUNTED, "correlations", *OUTCOMES, "pairs")
    counts = [name for name in counted if name in columns]
    return table.astype(dict.fromkeys(counts, "Int64"))


def _beside_published(table: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    key = ["model", "subset", "strategy"]
    known = published[published["published"].notna()][list(PUBLISHED_COLUMNS)]
    ours = table.drop(columns=["published", "published_source"])
    beside = ours.merge(known, on=key, how="left")[list(table.columns)]
    comparable = ours["model"].isin(published["model"]).any()
    if not comparable:
        return beside
    theirs = known[
        ~known["model"].isin(ours["model"])
        & known["subset"].isin(ours["subset"])
        & known["strategy"].isin(ours["strategy"])
    ]
    return pd.concat([beside, theirs.reindex(columns=table.columns)], ignore_index=True)


def _drop(ordinary: pd.DataFrame, part: pd.DataFrame) -> dict[str, float]:
    if ordinary.empty or part.empty:
        return {}
    estimate = independent_difference(estimate_share(ordinary), estimate_share(part))
    return _named(estimate, "drop", "drop_low", "drop_high")


def _named(estimate: Estimate, value: str, low: str, high: str) -> dict[str, float]:
    return {value: estimate.value, low: estimate.low, high: estimate.high}


def _check_reference(reference_model: str | None, models: list[str], strategy: str) -> None:
    if reference_model is None or reference_model in models:
        return
    closest = get_close_matches(reference_model, models, n=1)
    hint = f" (did you mean {closest[0]!r}?)" if closest else ""
    raise Problem(
        f"The reference model {reference_model!r}{hint} answered nothing with the strategy"
        f" {strategy!r}; set evaluation.reference_model to one of {', '.join(models)}."
    )
