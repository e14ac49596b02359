"""The prompting table: what each strategy changes in a model's answers."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from spuriverse.evaluation.accuracies import mark_responses
from spuriverse.evaluation.columns import PROMPTING_COLUMNS
from spuriverse.evaluation.results import (
    MAIN_SUBSETS,
    compare_pairs,
    count_outcomes,
    estimate_accuracy,
    finish_table,
    main_subsets,
    only_protocol,
)
from spuriverse.models import is_variant
from spuriverse.problems import Problem


def prompting_results(
    asked: pd.DataFrame,
    responses: pd.DataFrame,
    *,
    baseline: str = "direct",
    published: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Estimate how every model does by every strategy, and what it changes against a baseline.

    Args:
        asked: As `spuriverse.evaluation.evaluation_samples` returns it.
        responses: A `responses` table of any number of models and strategies. Shuffled and blind
            variants of a strategy are left out.
        baseline: The strategy that the others are compared with.
        published: As `read_published` returns it.

    Returns:
        The columns of `PROMPTING_COLUMNS`, a row for each model, subset and strategy, the
        baseline first. difference is the accuracy less that of the baseline on the pairs, the
        questions where neither request failed; p_value that of the exact paired test
        (`mcnemar_clustered`); p_adjusted corrects it by Holm's method for all tests of the table.
        All else is as in `main_results`.

    Raises:
        Problem: There is no response by a strategy, or several protocols made them.
    """
    plain = responses[~responses["strategy"].map(is_variant).astype(bool)]
    if plain.empty:
        raise Problem("No model answered by any strategy; evaluate the models first.")
    protocol = only_protocol(plain)
    questions = main_subsets(asked)
    rows: list[dict[str, Any]] = []
    for model in dict.fromkeys(plain["model"]):
        mine = plain[plain["model"] == model]
        found = compare_by_strategy(questions, mine, baseline)
        rows += [{"model": model, "protocol": protocol, **row} for row in found]
    return finish_table(rows, PROMPTING_COLUMNS, published)


def compare_by_strategy(
    questions: pd.DataFrame,
    responses: pd.DataFrame,
    baseline: str,
    *,
    subsets: Sequence[str] = MAIN_SUBSETS,
) -> list[dict[str, Any]]:
    """Return a row for each subset and strategy of one model, the baseline first.

    Args:
        questions: Columns sample_id, subset and cluster.
        responses: Of the model, by any strategies.
        baseline: As in `prompting_results`.
        subsets: Their order.
    """
    strategies = sorted(dict.fromkeys(responses["strategy"]), key=lambda name: name != baseline)
    parts = {name: responses[responses["strategy"] == name] for name in strategies}
    marked = {name: mark_responses(questions, part) for name, part in parts.items()}
    outcomes = {name: count_outcomes(questions, part, subsets) for name, part in parts.items()}
    rows = []
    for subset in outcomes[strategies[0]].index:
        for strategy in strategies:
            part = marked[strategy][marked[strategy]["subset"] == subset]
            row = {"subset": subset, "strategy": strategy}
            row |= outcomes[strategy].loc[subset].to_dict() | estimate_accuracy(part)
            if strategy != baseline and baseline in marked:
                row |= compare_pairs(part, marked[baseline])
            rows.append(row)
    return rows
