"""Split the types so that a held-out shortcut was never seen in training."""

import logging
from collections.abc import Sequence

import numpy as np
import pandas as pd

from spuriverse.problems import Problem
from spuriverse.tables import empty_table

log = logging.getLogger(__name__)


def split_types(
    types: pd.DataFrame,
    *,
    seeds: Sequence[int],
    validation_share: float,
    test_share: float,
    required: bool = True,
) -> pd.DataFrame:
    """Split types into train, validation and test, all types of an attribute on one side.

    Attributes that share an anchor are on one side too, or its image would be on both.

    Args:
        types: A `types` table.
        seeds: One split each.
        validation_share: Share of the attributes for validation; at least one attribute.
        test_share: Share of the attributes that are held out; at least one attribute.
        required: Whether it is a problem if they cannot be split. Evaluation needs no parts.

    Returns:
        A `splits` table; empty, after a warning, if it is not required and cannot be made.

    Raises:
        Problem: There are too few attributes for three parts.
    """
    first = _first_of_kin(types)
    attributes = sorted(set(first.values()))
    n_test = max(1, round(test_share * len(attributes)))
    n_validation = max(1, round(validation_share * len(attributes)))
    if len(attributes) - n_test - n_validation < 1:
        few = (
            f"{len(attributes)} verified attributes are too few for training, validation and test"
            " parts; enlarge the benchmark pool or lower finetuning.test_share."
        )
        if required:
            raise Problem(few)
        log.warning(few)
        return empty_table("splits")
    tables = []
    for seed in seeds:
        order = np.random.default_rng([seed, 6]).permutation(attributes)
        part = dict.fromkeys(order, "train")
        part.update(dict.fromkeys(order[:n_test], "test"))
        part.update(dict.fromkeys(order[n_test : n_test + n_validation], "validation"))
        tables.append(
            pd.DataFrame(
                {
                    "seed": seed,
                    "type_id": types["type_id"],
                    "part": types["attribute"].map(first).map(part),
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def _first_of_kin(types: pd.DataFrame) -> dict[str, str]:
    """Attribute -> the first of those that it hangs together with by shared anchors."""
    first = {name: name for name in types["attribute"].unique()}
    for _, names in types.groupby("sample_id")["attribute"]:
        joined = {first[name] for name in names}
        if len(joined) > 1:
            first = {k: min(joined) if v in joined else v for k, v in first.items()}
    return first
