"""Does the answer depend on the order of the options, and does it need the image?"""

from typing import Any

import pandas as pd

from spuriverse.evaluation.accuracies import (
    count_units,
    estimate_share,
    mark_responses,
    name_attributes,
)
from spuriverse.evaluation.columns import BLIND_COLUMNS, CONSISTENCY_COLUMNS, COUNTED
from spuriverse.evaluation.results import (
    MAIN_SUBSETS,
    compare_pairs,
    estimate_accuracy,
    main_subsets,
    only_protocol,
)
from spuriverse.models import blind_variant, is_shuffle_of
from spuriverse.problems import Problem

_NONE = -1


def consistency_results(
    asked: pd.DataFrame,
    responses: pd.DataFrame,
    *,
    strategy: str = "direct",
) -> pd.DataFrame:
    """Estimate how often a model chooses the same text in whatever order the options stand.

    Args:
        asked: As `spuriverse.evaluation.evaluation_samples` returns it.
        responses: A `responses` table in which the choices among shuffled options are indices
            into the original order, as `restore_order` makes them.
        strategy: Whose shuffles are compared, together with its original order.

    Returns:
        The columns of `CONSISTENCY_COLUMNS`, a row for each model that was asked in two or more
        orders, and subset. n counts the questions without a failed request in any order,
        attributes theirs; consistency is the share of them with the same option chosen in all
        orders, majority the mean share of the orders that choose a question's most frequent option.
        A reply that chooses none agrees with nothing. chance is the consistency of guessing.

    Raises:
        Problem: No model was asked in two orders, or several protocols made the responses.
    """
    shuffled = [name for name in responses["strategy"].unique() if is_shuffle_of(name, strategy)]
    kept = responses[responses["strategy"].isin([strategy, *shuffled])]
    questions = main_subsets(asked)
    named = name_attributes(questions)
    n_options = questions.drop_duplicates("sample_id").set_index("sample_id")["options"].str.len()
    n_options = n_options.astype("float64")
    rows: list[dict[str, Any]] = []
    for model in dict.fromkeys(kept["model"]):
        choices = _choices(kept[kept["model"] == model])
        if choices.shape[1] < 2:
            continue
        agreement = named[["sample_id", "subset", "cluster", "attribute"]].merge(
            _agreement(choices), left_on="sample_id", right_index=True
        )
        for subset in _present(agreement):
            part = agreement[agreement["subset"] == subset]
            row = {"model": model, "subset": subset, "strategy": strategy}
            row |= {"orders": choices.shape[1], "n": len(part)}
            row |= {"attributes": count_units(part)["attributes"]}
            # A guesser names the same option again with the chance of one among them.
            guess = part["sample_id"].map(n_options) ** (1 - choices.shape[1])
            row |= {"chance": guess.mean()}
            for column, low, high in (
                ("consistency", "low", "high"),
                ("majority", "majority_low", "majority_high"),
            ):
                estimate = estimate_share(part, column)
                row |= {column: estimate.value, low: estimate.low, high: estimate.high}
            rows.append(row)
    if not rows:
        raise Problem(
            f"No model answered the questions of the strategy {strategy!r} in two orders of the"
            " options; set evaluation.shuffles to 1 or more."
        )
    table = pd.DataFrame(rows).assign(protocol=only_protocol(kept))
    return table[list(CONSISTENCY_COLUMNS)].astype({"attributes": "Int64"})


def blind_results(
    asked: pd.DataFrame,
    responses: pd.DataFrame,
    *,
    strategy: str = "direct",
) -> pd.DataFrame:
    """Estimate what a model still gets right without the image, beside its ordinary accuracy.

    Args:
        asked: As `spuriverse.evaluation.evaluation_samples` returns it.
        responses: A `responses` table with the strategy and its blind variant.
        strategy: Whose blind variant is shown.

    Returns:
        The columns of `BLIND_COLUMNS`, a row for each model that was asked without the images,
        and subset. difference is the accuracy with the image less that without it, on the pairs;
        chance is the accuracy of choosing at random.

    Raises:
        Problem: No model was asked without the images, or several protocols made the responses.
    """
    blind = responses[responses["strategy"] == blind_variant(strategy)]
    if blind.empty:
        raise Problem(
            f"No model answered the questions of the strategy {strategy!r} without their images;"
            " set evaluation.blind to true."
        )
    seen = responses[responses["strategy"] == strategy]
    protocol = only_protocol(pd.concat([seen, blind]))
    questions = main_subsets(asked)
    chance = (1 / questions["options"].str.len()).groupby(questions["subset"]).mean()
    with_image, without = mark_responses(questions, seen), mark_responses(questions, blind)
    rows: list[dict[str, Any]] = []
    for model in dict.fromkeys(blind["model"]):
        mine, hidden = (marked[marked["model"] == model] for marked in (with_image, without))
        for subset in _present(questions):
            ordinary, other = (part[part["subset"] == subset] for part in (mine, hidden))
            named = estimate_accuracy(other)
            compared = compare_pairs(ordinary, other)
            compared.pop("p_value", None)
            rows.append(
                {
                    "model": model,
                    "subset": subset,
                    "strategy": strategy,
                    "protocol": protocol,
                    "n": len(ordinary),
                    **estimate_accuracy(ordinary),
                    "blind_n": len(other),
                    **{f"blind_{key}": named.get(key) for key in ("accuracy", "low", "high")},
                    **compared,
                    "chance": chance[subset],
                }
            )
    table = pd.DataFrame(rows, columns=list(BLIND_COLUMNS))
    return table.astype(dict.fromkeys(COUNTED, "Int64"))


def _choices(responses: pd.DataFrame) -> pd.DataFrame:
    """One row per sample that failed in no order, one column per order; -1 where none is chosen."""
    whole = responses.pivot(index="sample_id", columns="strategy", values="outcome")
    made = whole.notna().all(axis=1) & (whole != "failed").all(axis=1)
    chosen = responses.assign(choice=responses["choice"].astype("Int64").fillna(_NONE))
    table = chosen.pivot(index="sample_id", columns="strategy", values="choice")
    return table[made].astype("int64")


def _agreement(choices: pd.DataFrame) -> pd.DataFrame:
    """Whether all orders agree, and the share of the most frequent choice, a row per sample."""
    values = choices.to_numpy()
    agreeing = (values[:, :, None] == values[:, None, :]) & (values != _NONE)[:, :, None]
    # An order without a choice agrees with none, not even with itself.
    majority = agreeing.sum(axis=2).max(axis=1) / values.shape[1]
    return pd.DataFrame({"consistency": majority == 1, "majority": majority}, index=choices.index)


def _present(rows: pd.DataFrame) -> list[str]:
    found = set(rows["subset"])
    return [subset for subset in MAIN_SUBSETS if subset in found]
