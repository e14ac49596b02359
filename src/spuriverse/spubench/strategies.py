"""What every prompting strategy changes in a model's answers, by type."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from spuriverse.evaluation import (
    ACCURACY,
    DIFFERENCE,
    OUTCOMES,
    SHOWN_ACCURACY,
    SHOWN_DIFFERENCE,
    SHOWN_OUTCOMES,
    SHOWN_TEST,
    TEST,
    compare_by_strategy,
    finish_table,
    only_protocol,
)
from spuriverse.models import is_variant
from spuriverse.problems import Problem
from spuriverse.spubench.accuracy import COUNTED, once, types_of

ALL = "all types"
STRATEGY_COLUMNS = (
    *("model", "spurious_type", "strategy", "protocol"),
    *("n", *COUNTED, *OUTCOMES, *ACCURACY, *DIFFERENCE, *TEST),
)
STRATEGY_SHOWN: Mapping[str, str] = {
    "model": "{model}",
    "type": "{spurious_type}",
    "strategy": "{strategy}",
    "n": "{n:,}",
    "correlations": "{correlations}",
    **SHOWN_OUTCOMES,
    **SHOWN_ACCURACY,
    "difference to baseline (95 %)": SHOWN_DIFFERENCE,
    **SHOWN_TEST,
}
"""What people see of the table: heading -> format."""


def compare_strategies(
    asked: pd.DataFrame, responses: pd.DataFrame, *, baseline: str
) -> pd.DataFrame:
    """Compare every strategy with a baseline on the same questions.

    Args:
        asked: As `read_asked` returns it.
        responses: A `responses` table of any number of models and strategies.
        baseline: The strategy that the others are compared with.

    Returns:
        The columns of `STRATEGY_COLUMNS`: for each model, over all types (each question once) and
        for each, a row per strategy, the baseline first. difference is the accuracy less that of
        the baseline on the pairs, the questions where neither request failed; p_value that of the
        exact paired test (`mcnemar_clustered`); p_adjusted corrects it by Holm's method for all
        tests of the table.

    Raises:
        Problem: Nobody answered by the baseline, or several protocols did.
    """
    plain = responses[~responses["strategy"].map(is_variant).astype(bool)]
    if not (plain["strategy"] == baseline).any():
        raise Problem(f"No model answered by the strategy '{baseline}'; ask the models first.")
    protocol = only_protocol(plain)
    questions = pd.concat([once(asked, ALL), asked], ignore_index=True)
    correlations = questions.groupby("subset")["cluster"].nunique()
    rows: list[dict[str, Any]] = []
    for model in dict.fromkeys(plain["model"]):
        mine = plain[plain["model"] == model]
        found = compare_by_strategy(questions, mine, baseline, subsets=(ALL, *types_of(asked)))
        rows += [
            {
                **{"model": model, "spurious_type": row["subset"], "protocol": protocol, **row},
                "correlations": correlations[row["subset"]],
            }
            for row in found
        ]
    return finish_table(rows, STRATEGY_COLUMNS, None)
