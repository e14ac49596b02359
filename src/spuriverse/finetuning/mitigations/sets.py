"""What mitigations are trained and measured on, split by split."""

import numpy as np
import pandas as pd

from spuriverse.finetuning.mitigations.method import Pools
from spuriverse.problems import Problem

_ASKED = ["sample_id", "image", "question", "options", "answer"]
_VALIDATION_SEED = 4242
ORDINARY_EVERY = 5
"""One ordinary image in as many is for the choice of settings."""


def part_types(
    types: pd.DataFrame,
    first: pd.DataFrame,
    *,
    seed: int,
    fold: int,
    folds: int,
    validation_share: float,
) -> pd.Series:
    """Return the part of every type: train, validation or test, all of an attribute in one.

    The validation attributes are the same for every seed and base model, so that none on which
    something was chosen is ever held out. The folds of a seed hold out each other one once.

    Args:
        types: A `types` table: of the base model.
        first: The `types` table whose attributes the validation attributes are drawn from.
        seed: Of the order in which attributes are dealt to the folds.
        fold: Which of the folds is held out, from 0.
        folds: How many there are.
        validation_share: Share of the attributes for validation; at least one.

    Returns:
        Part of every row of `types`, with its index.

    Raises:
        Problem: There are too few attributes for three parts.
    """
    attributes = sorted(types["attribute"].unique())
    known = np.random.default_rng(_VALIDATION_SEED).permutation(sorted(first["attribute"].unique()))
    apart = set(known[: max(1, round(validation_share * len(known)))])
    validation = [a for a in attributes if a in apart]
    rest = [a for a in attributes if a not in apart]
    if not validation or len(rest) < max(2, folds):
        raise Problem(
            f"{len(attributes)} verified attributes are too few for training, validation and"
            f" {folds} held-out parts; enlarge the benchmark pool or lower"
            " finetuning.mitigations.folds."
        )
    test = np.random.default_rng([seed, 15]).permutation(rest)[fold::folds]
    part = dict.fromkeys(rest, "train")
    part.update(dict.fromkeys(validation, "validation"))
    part.update(dict.fromkeys(test, "test"))
    return types["attribute"].map(part)


def select_asked(
    sets: pd.DataFrame, types: pd.DataFrame, part: pd.Series, wanted: str
) -> pd.DataFrame:
    """Return the questions that a part of the attributes is measured on, in two halves.

    Ordinary images show no attribute: every fifth is for the validation part, the others for the
    test, so that nothing is chosen on what is compared. The two images of a pair are in one half.

    Args:
        sets: A `test_sets` table.
        types: A `types` table.
        part: As `part_types` returns it.
        wanted: The part, validation or test.

    Returns:
        The rows of `sets` with `half`, 0 or 1.
    """
    chosen = set(types.loc[part == wanted, "candidate_id"])
    ordered = sets.sort_values(["subset", "candidate_id", "sample_id"])
    place = ordered.groupby("subset").cumcount()
    ordinary = ordered["subset"] == "ordinary"
    for_choice = place % ORDINARY_EVERY == 0
    apart = ordinary & (for_choice if wanted == "validation" else ~for_choice)
    asked = ordered[apart | ordered["candidate_id"].isin(chosen)]
    return asked.assign(half=asked.groupby("subset").cumcount() % 2)


def select_further(non_spurious: pd.DataFrame, samples: pd.DataFrame) -> pd.DataFrame:
    """Return the test questions of other benchmarks than the types' own, in two halves.

    Args:
        non_spurious: A `non_spurious` table, whose subsets of other benchmarks have their names.
        samples: All `samples`.

    Returns:
        As `select_asked`, candidate_id empty; no rows where there is no other benchmark.
    """
    test = non_spurious[non_spurious["part"] == "test"]
    other = test[~test["subset"].isin(("aligned", "ordinary"))]
    asked = other.merge(samples, on="sample_id").sort_values(["subset", "sample_id"])
    columns = asked[["subset", *_ASKED]].assign(candidate_id="")
    return columns.assign(half=columns.groupby("subset").cumcount() % 2)


def build_pools(
    types: pd.DataFrame,
    part: pd.Series,
    groups: pd.DataFrame,
    asked: pd.DataFrame,
    samples: pd.DataFrame,
    non_spurious: pd.DataFrame,
    *,
    seed: int,
) -> Pools:
    """Return what a split may be trained on.

    Args:
        types: A `types` table.
        part: As `part_types` returns it.
        groups: The `groups` table.
        asked: As `spuriverse.discovery.verification.group_samples` makes it of that table.
        samples: All `samples`.
        non_spurious: A `non_spurious` table; samples of its training part that show a validation
            or test attribute are left out.
        seed: Of the order in which the pools are drawn from.
    """
    keys = ["candidate_id", "part", "seed"]
    core = groups[groups["group"] == "core"].set_index(keys)["image"].rename("twin")
    spurious = groups[groups["group"] == "spurious"].join(core, on=keys)
    twins = dict(zip(spurious["image"], spurious["twin"], strict=True))
    train = types[part == "train"]
    # Fresh images as well: what is measured are images of other types.
    chosen = asked[asked["group"] == "spurious"].merge(
        train[["type_id", "candidate_id", "predicted"]], on="candidate_id"
    )
    chosen = chosen.assign(twin=chosen["image"].map(twins), cue=chosen["predicted"])
    unseen = set(types.loc[part != "train", "attribute"])
    pool = non_spurious[non_spurious["part"] == "train"].merge(samples, on="sample_id")
    clean = [not unseen.intersection(present) for present in pool["attributes"]]
    return Pools(
        spurious=chosen[["type_id", "twin", "cue", *_ASKED]],
        non_spurious=pool.loc[np.array(clean, dtype=bool), ["subset", *_ASKED]],
        seed=seed,
        unseen=frozenset(unseen),
    )
