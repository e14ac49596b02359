"""Training and validation sets with a given proportion of spurious samples."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from spuriverse.problems import Problem

VALIDATION_PROPORTION = 0.5
"""Share of spurious samples for validation: the epochs of all proportions are chosen alike."""
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
    anchors: bool = False,
    n_types: int | None = None,
    n_attributes: int | None = None,
    per_attribute: int | None = None,
    n_spurious: int | None = None,
) -> Mixture:
    """Mix spurious images of the training types with ordinary samples.

    Every proportion gets the same number of samples: as many as asked for, or as the smaller of
    the two pools holds. The larger proportion holds the spurious samples of the smaller one. For
    validation all have the same half and half, so that none stops by an easier measure. Ordinary
    samples show no attribute of a validation or test type (for validation: of a test
    type).

    Args:
        types: A `types` table.
        splits: Its `splits` table.
        asked_groups: As `spuriverse.discovery.verification.group_samples` returns it.
        samples: All `samples`.
        non_spurious: A `non_spurious` table.
        proportion: Share of spurious samples, 0 to 1.
        n_train: Training samples wanted.
        n_validation: Validation samples wanted.
        seed: Which split, and the draw from the pools.
        anchors: Take the anchors of the types in place of their spurious groups.
        n_types: Training types whose images may be used, in an order of the seed; those of fewer
            types are among those of more. All by default.
        n_attributes: Training attributes whose types may be used, in an order of the seed.
        per_attribute: Most types of an attribute, in an order of the seed.
        n_spurious: Spurious samples in training, in place of the share.

    Raises:
        Problem: The split is unknown or has an empty part, a pool is empty, or more types,
            attributes or spurious samples are asked for than there are.
    """
    split = splits[splits["seed"] == seed].merge(types, on="type_id")
    if split.empty:
        raise Problem(f"There is no split with seed {seed}; known: {sorted(set(splits['seed']))}.")
    part_of = split.groupby("part")["attribute"].agg(set)
    _check_parts(part_of, seed)
    chosen_types = training_types(split, seed, n_types, n_attributes, per_attribute)
    used = split[(split["part"] != "train") | split["type_id"].isin(chosen_types)]
    rng = np.random.default_rng([seed, 7])
    unseen = {
        "train": part_of["validation"] | part_of["test"],
        "validation": part_of["test"],
    }
    mixed = {}
    for part, n in (("train", n_train), ("validation", n_validation)):
        chosen = used[used["part"] == part]
        spurious = (
            _anchor_pool(chosen, samples) if anchors else spurious_images(chosen, asked_groups)
        )
        ordinary = _ordinary_pool(samples, non_spurious, part, unseen[part])
        whole = split[split["part"] == part]
        most = len(whole) if anchors else len(spurious_images(whole, asked_groups))
        share = proportion if part == "train" else VALIDATION_PROPORTION
        exact = n_spurious if part == "train" else None
        mixed[part] = _mix(rng, spurious, ordinary, share, min(n, most), part, exact)
    return Mixture(mixed["train"], mixed["validation"])


def _check_parts(part_of: pd.Series, seed: int) -> None:
    empty = [part for part in ("train", "validation", "test") if part not in part_of.index]
    if empty:
        raise Problem(
            f"The split with seed {seed} has no types in its {empty[0]} part; enlarge the benchmark"
            " pool, or change finetuning.validation_share and test_share."
        )


def training_types(
    split: pd.DataFrame,
    seed: int,
    n_types: int | None = None,
    n_attributes: int | None = None,
    per_attribute: int | None = None,
) -> set[str]:
    """Return the training types that a run may use.

    Args:
        split: Columns type_id, attribute and part, of one split.
        seed: Of the orders of types and attributes.
        n_types: As in `mix_samples`.
        n_attributes: As in `mix_samples`.
        per_attribute: As in `mix_samples`.

    Raises:
        Problem: More are asked for than there are.
    """
    train = split[split["part"] == "train"].sort_values("type_id")
    if n_attributes is not None:
        names = sorted(set(train["attribute"]))
        if n_attributes > len(names):
            raise Problem(
                f"{n_attributes} attributes are asked for, and the split with seed {seed} has"
                f" {len(names)} for training; lower the first numbers of"
                " open_questions.diversity.runs."
            )
        first = np.random.default_rng([seed, 9]).permutation(names)[:n_attributes]
        train = train[train["attribute"].isin(first)]
    names = train["type_id"].tolist()
    if n_types is not None and n_types > len(names):
        raise Problem(
            f"{n_types} types are asked for, and the split with seed {seed} has {len(names)} for"
            " training; lower finetuning.study.type_counts, or say with type_total of how many"
            " they are a share."
        )
    if n_types is not None or per_attribute is not None:
        order = np.random.default_rng([seed, 8]).permutation(names)
        train = train.set_index("type_id").loc[order].reset_index()
    if per_attribute is not None:
        train = train.groupby("attribute", sort=False).head(per_attribute)
    return set(train["type_id"][:n_types])


def _anchor_pool(types: pd.DataFrame, samples: pd.DataFrame) -> pd.DataFrame:
    return types[["sample_id"]].merge(samples, on="sample_id")[_COLUMNS]


def spurious_images(types: pd.DataFrame, asked: pd.DataFrame) -> pd.DataFrame:
    """Return the spurious images of types that may be trained on: those that decided.

    Args:
        types: Rows of a `types` table.
        asked: As `spuriverse.discovery.verification.group_samples` returns it.
    """
    spurious = asked[asked["group"] == "spurious"]
    # Published groups took no part in a choice; all their images count as fresh.
    part = "selection" if (spurious["part"] == "selection").any() else "fresh"
    chosen = spurious["candidate_id"].isin(types["candidate_id"]) & (spurious["part"] == part)
    return spurious[chosen][_COLUMNS]


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
    exact: int | None = None,
) -> pd.DataFrame:
    size = min(n, len(ordinary))
    # Few types may have fewer images than their share; ordinary samples fill the gap.
    n_spurious = min(round(proportion * size), len(spurious))
    if exact is not None:
        if exact > min(size, len(spurious)):
            raise Problem(
                f"{exact} spurious images are asked for, and a run has {len(spurious)} of its types"
                f" for {size} samples; lower open_questions.diversity.images."
            )
        n_spurious = exact
    if size == 0:
        raise Problem(
            f"The {part} part has {len(spurious)} spurious and {len(ordinary)} ordinary samples;"
            " both must be there: enlarge the benchmark pool."
        )
    first = spurious.iloc[rng.permutation(len(spurious))[:n_spurious]]
    second = ordinary.iloc[rng.permutation(len(ordinary))[: size - n_spurious]]
    both = pd.concat([first, second], ignore_index=True)
    return both.iloc[rng.permutation(size)].reset_index(drop=True)
