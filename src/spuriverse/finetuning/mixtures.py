"""Training and validation sets with a given proportion of spurious samples."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from spuriverse.problems import Problem

_COLUMNS = ["sample_id", "image", "question", "options", "answer"]


@dataclass(frozen=True)
class Mixture:
    """Training and validation samples of one run: sample_id, image, question, options, answer."""

    train: pd.DataFrame
    validation: pd.DataFrame


def mix_samples(
    types: pd.DataFrame,
    splits: pd.DataFrame,
    asked_groups: pd.DataFrame,
    samples: pd.DataFrame,
    non_spurious: pd.DataFrame,
    *,
    proportion: float,
    n_train: int,
    n_validation: int,
    seed: int,
) -> Mixture:
    """Mix spurious images of the training types with ordinary samples.

    Every proportion gets the same number of samples: as many as asked for, or as the smaller of
    the two pools holds. The larger proportion holds the spurious samples of the smaller one.
    Ordinary samples show no attribute of a validation or test type (for validation: of a test
    type).

    Args:
        types: A `types` table.
        splits: Its `splits` table.
        asked_groups: As `spuriverse.verification.group_samples` returns it.
        samples: All `samples`.
        non_spurious: A `non_spurious` table.
        proportion: Share of spurious samples, 0 to 1.
        n_train: Training samples wanted.
        n_validation: Validation samples wanted.
        seed: Which split, and the draw from the pools.

    Raises:
        Problem: The split is unknown or a pool is empty.
    """
    split = splits[splits["seed"] == seed].merge(types, on="type_id")
    if split.empty:
        raise Problem(f"There is no split with seed {seed}; known: {sorted(set(splits['seed']))}.")
    rng = np.random.default_rng([seed, 7])
    part_of = split.groupby("part")["attribute"].agg(set)
    unseen = {
        "train": part_of["validation"] | part_of["test"],
        "validation": part_of["test"],
    }
    mixed = {}
    for part, n in (("train", n_train), ("validation", n_validation)):
        spurious = _spurious_pool(split[split["part"] == part], asked_groups)
        ordinary = _ordinary_pool(samples, non_spurious, part, unseen[part])
        mixed[part] = _mix(rng, spurious, ordinary, proportion, n, part)
    return Mixture(mixed["train"], mixed["validation"])


def _spurious_pool(types: pd.DataFrame, asked: pd.DataFrame) -> pd.DataFrame:
    chosen = asked["candidate_id"].isin(types["candidate_id"])
    return asked[chosen & (asked["group"] == "spurious") & (asked["part"] == "selection")][_COLUMNS]


def _ordinary_pool(
    samples: pd.DataFrame, non_spurious: pd.DataFrame, part: str, unseen: set[str]
) -> pd.DataFrame:
    pool = non_spurious[non_spurious["part"] == part].merge(samples, on="sample_id")
    clean = [not unseen.intersection(present) for present in pool["attributes"]]
    return pool[np.array(clean, dtype=bool)][_COLUMNS]


def _mix(
    rng: np.random.Generator,
    spurious: pd.DataFrame,
    ordinary: pd.DataFrame,
    proportion: float,
    n: int,
    part: str,
) -> pd.DataFrame:
    size = min(n, len(spurious), len(ordinary))
    if size == 0:
        raise Problem(
            f"The {part} part has {len(spurious)} spurious and {len(ordinary)} ordinary samples;"
            " both must be there: enlarge the benchmark pool."
        )
    n_spurious = round(proportion * size)
    first = spurious.iloc[rng.permutation(len(spurious))[:n_spurious]]
    second = ordinary.iloc[rng.permutation(len(ordinary))[: size - n_spurious]]
    both = pd.concat([first, second], ignore_index=True)
    return both.iloc[rng.permutation(size)].reset_index(drop=True)
