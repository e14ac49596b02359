"""What mitigations are trained and measured on, split by split."""

import numpy as np
import pandas as pd

from spuriverse.finetuning.mitigations.method import Pools
from spuriverse.finetuning.unselected import TEST_SET_COLUMNS
from spuriverse.problems import Problem

_ASKED = ["sample_id", "image", "question", "options", "answer"]
_VALIDATION_SEED = 4242


def part_types(
    types: pd.DataFrame,
    first: pd.DataFrame,
    *,
    seed: int,
    validation_share: float,
    test_share: float,
) -> pd.Series:
    """Return the part of every type: train, validation or test, all of an attribute in one.

    The validation attributes are the same for every seed and base model, so that none on which
    something was chosen is ever held out.

    Args:
        types: A `types` table: of the base model.
        first: The `types` table whose attributes the validation attributes are drawn from.
        seed: Of the split; settles the test attributes.
        validation_share: Share of the attributes for validation; at least one.
        test_share: Share of the attributes that are held out; at least one.

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
    n_test = max(1, round(test_share * len(attributes)))
    if not validation or len(rest) - n_test < 1:
        raise Problem(
            f"{len(attributes)} verified attributes are too few for training, validation and test"
            " parts; enlarge the benchmark pool or lower finetuning.mitigations.test_share."
        )
    test = np.random.default_rng([seed, 15]).permutation(rest)[:n_test]
    part = dict.fromkeys(rest, "train")
    part.update(dict.fromkeys(validation, "validation"))
    part.update(dict.fromkeys(test, "test"))
    return types["attribute"].map(part)


def mitigation_sets(spurious: pd.DataFrame, test_sets: pd.DataFrame) -> pd.DataFrame:
    """Put together every question that a mitigation may be measured on.

    None of them was chosen by how a model answered it: what a model got right by luck it would
    lose by any change.

    Args:
        spurious: As `spuriverse.discovery.verification.group_samples` returns it: the groups.
        test_sets: As `spuriverse.finetuning.render_test_sets` returns it.

    Returns:
        Columns `TEST_SET_COLUMNS`; candidate_id is empty for ordinary samples. Subsets: spurious,
        core (fresh images of the groups), aligned, aligned_without_cue (their twins), ordinary.
    """
    fresh = spurious[spurious["part"] == "fresh"]
    parts = [fresh.assign(subset=fresh["group"]), test_sets]
    return pd.concat([part[list(TEST_SET_COLUMNS)] for part in parts], ignore_index=True)


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
        train[["type_id", "candidate_id"]], on="candidate_id"
    )
    chosen = chosen.assign(twin=chosen["image"].map(twins))
    unseen = set(types.loc[part != "train", "attribute"])
    pool = non_spurious[non_spurious["part"] == "train"].merge(samples, on="sample_id")
    clean = [not unseen.intersection(present) for present in pool["attributes"]]
    return Pools(
        spurious=chosen[["type_id", "twin", *_ASKED]],
        non_spurious=pool.loc[np.array(clean, dtype=bool), ["subset", *_ASKED]],
        seed=seed,
    )
