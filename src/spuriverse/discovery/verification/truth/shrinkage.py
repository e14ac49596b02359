"""Regression to the mean: the deciding gap and the gap on fresh images."""

import numpy as np
import pandas as pd

from spuriverse.statistics import Estimate, clustered_mean

SHRINKAGE_COLUMNS = (
    *("candidates", "type_id", "model", "n"),
    *("gap", "gap_low", "gap_high"),
    *("fresh_n", "fresh_gap", "fresh_low", "fresh_high"),
    *("shrinkage", "shrinkage_low", "shrinkage_high"),
)
_DECISIONS = {
    "all": lambda table: np.ones(len(table), bool),
    "kept_paper": lambda table: table["kept_paper"].to_numpy(),
    "kept_corrected": lambda table: table["kept_corrected"].to_numpy(),
}


def tabulate_shrinkage(verification: pd.DataFrame, candidates: pd.DataFrame) -> pd.DataFrame:
    """Say how much of the gap that decided is left on images that took no part in the decision.

    Args:
        verification: A `verification` table.
        candidates: A `candidates` table; intervals of means are over attributes.

    Returns:
        The columns of `SHRINKAGE_COLUMNS`. First a row for all candidates, for those that either
        decision keeps, each with means over candidates and models that have both gaps (n and
        fresh_n count these); then one for every type and model that confirmed it, with its own
        exact intervals.
    """
    attribute = candidates.set_index("candidate_id")["attribute"]
    table = verification.assign(attribute=verification["candidate_id"].map(attribute))
    both = table[table["gap"].notna() & table["fresh_gap"].notna()]
    rows = [_summary(name, both[chosen(both)]) for name, chosen in _DECISIONS.items()]
    for row in table[table["kept"]].to_dict("records"):
        rows.append(
            {
                **{column: row.get(column, np.nan) for column in SHRINKAGE_COLUMNS},
                "candidates": "type",
                "type_id": row["candidate_id"],
                "n": row["n_core"] + row["n_spurious"],
                "shrinkage": row["gap"] - row["fresh_gap"],
            }
        )
    return pd.DataFrame(rows)[list(SHRINKAGE_COLUMNS)]


def _summary(name: str, rows: pd.DataFrame) -> dict[str, object]:
    unknown = Estimate(0, np.nan, np.nan, np.nan)
    decided = fresh = lost = unknown
    if len(rows):
        decided, fresh, lost = (
            clustered_mean(values, rows["attribute"])
            for values in (rows["gap"], rows["fresh_gap"], rows["gap"] - rows["fresh_gap"])
        )
    return {
        "candidates": name,
        "type_id": "",
        "model": "",
        "n": decided.n,
        "gap": decided.value,
        "gap_low": decided.low,
        "gap_high": decided.high,
        "fresh_n": fresh.n,
        "fresh_gap": fresh.value,
        "fresh_low": fresh.low,
        "fresh_high": fresh.high,
        "shrinkage": lost.value,
        "shrinkage_low": lost.low,
        "shrinkage_high": lost.high,
    }
