"""What mitigations are trained and measured on, split by split."""

import numpy as np
import pandas as pd

from spuriverse.finetuning.mitigations.method import Pools
from spuriverse.problems import Problem

_ASKED = ["sample_id", "image", "question", "options", "answer"]
_VALIDATION_SEED = 4242
SET_COLUMNS = ("subset", "candidate_id", *_ASKED)


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


def aligned_anchors(candidates: pd.DataFrame, samples: pd.DataFrame) -> pd.DataFrame:
    """Return the anchors asked so that the answer their attribute leads to is the right one.

    Images made for them are aligned, and their twins without the attribute show what a model that
    is blind to the attribute has to go by.

    Args:
        candidates: A `candidates` table.
        samples: The `samples` table that holds the anchors.
    """
    chosen = dict(zip(candidates["sample_id"], candidates["predicted"], strict=True))
    anchors = samples[samples["sample_id"].isin(chosen)].copy()
    anchors["answer"] = [
        list(options).index(chosen[sample])
        for sample, options in zip(anchors["sample_id"], anchors["options"], strict=True)
    ]
    return anchors


def fresh_ordinary(drawn: pd.DataFrame, candidates: pd.DataFrame) -> pd.DataFrame:
    """Return the samples that show no candidate's attribute where it leads to an option.

    Args:
        drawn: Columns as in `samples`.
        candidates: A `candidates` table.
    """
    leads_to = dict(zip(candidates["attribute"], candidates["predicted"], strict=True))
    plain = [
        not {leads_to[a] for a in present if a in leads_to}.intersection(options)
        for present, options in zip(drawn["attributes"], drawn["options"], strict=True)
    ]
    return drawn[np.array(plain, dtype=bool)]


def mitigation_sets(
    spurious: pd.DataFrame, aligned: pd.DataFrame, ordinary: pd.DataFrame
) -> pd.DataFrame:
    """Put together every question that a mitigation may be measured on.

    None of them was chosen by how a model answered it: what a model got right by luck it would
    lose by any change.

    Args:
        spurious: As `spuriverse.discovery.verification.group_samples` returns it: the groups.
        aligned: The same, made for `aligned_anchors`.
        ordinary: Samples of a fresh draw that show no candidate's attribute where it misleads or
            helps; columns as in `samples`.

    Returns:
        Columns `SET_COLUMNS`; candidate_id is empty for ordinary samples. Subsets: spurious, core
        (fresh images of the groups), aligned, aligned_core (their twins), ordinary.
    """
    fresh = spurious[spurious["part"] == "fresh"]
    named = {"spurious": "aligned", "core": "aligned_core"}
    parts = [
        fresh.assign(subset=fresh["group"]),
        aligned.assign(
            subset=aligned["group"].map(named), sample_id="aligned-" + aligned["sample_id"]
        ),
        ordinary.assign(subset="ordinary", candidate_id=""),
    ]
    return pd.concat([part[list(SET_COLUMNS)] for part in parts], ignore_index=True)


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
    # Fresh images, too: what is measured are other types' images.
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
