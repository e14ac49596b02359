"""Generalising or memorising: robustness on unseen attributes by what was trained on."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from spuriverse.finetuning import held_out_responses, training_types
from spuriverse.models import LocalModel, embed_patches
from spuriverse.open_questions.answers import DIFFERENCE, RANK, SHARE, answer, as_table
from spuriverse.questions import open_image
from spuriverse.statistics import (
    clustered_difference,
    clustered_rank_correlation,
    clustered_share,
)

HELD_OUT = "spurious_held_out"
_BATCH = 64


def embed_attributes(
    model: LocalModel, types: pd.DataFrame, groups: pd.DataFrame, pairs: int = 20
) -> pd.DataFrame:
    """Embed what each attribute does to what a model sees.

    Args:
        model: Whose vision tower it is.
        types: A `types` table.
        groups: A `groups` table of minimal pairs.
        pairs: Most pairs of an attribute.

    Returns:
        An `attribute_vectors` table: the mean over pairs of the image with the attribute less that
        without it, each the mean of its projected patches.

    Raises:
        Problem: An image is missing, or the model does not give its patches.
    """
    keys = ["candidate_id", "part", "seed"]
    wide = groups.pivot(index=keys, columns="group", values="image").dropna().reset_index()
    wide = wide.merge(types[["candidate_id", "attribute"]], on="candidate_id")
    wide = wide.drop_duplicates("spurious").groupby("attribute", sort=True).head(pairs)
    apart = _pooled(model, wide["spurious"].tolist()) - _pooled(model, wide["core"].tolist())
    means = pd.DataFrame(apart).groupby(wide["attribute"].to_numpy(), sort=True).mean()
    return pd.DataFrame({"attribute": means.index, "vector": means.to_numpy().tolist()})


def _pooled(model: LocalModel, paths: Sequence[str]) -> np.ndarray:
    parts = []
    for start in range(0, len(paths), _BATCH):
        some = [open_image(path) for path in paths[start : start + _BATCH]]
        # The first view is what the language model is given.
        parts.append(embed_patches(model, some)[0].mean(axis=(1, 2)))
    return np.concatenate(parts)


def nearest_distances(
    vectors: Mapping[str, np.ndarray], held_out: Sequence[str], trained: Sequence[str]
) -> dict[str, float]:
    """Return the cosine distance of attributes to the nearest one that was trained on.

    Args:
        vectors: Attribute -> its vector.
        held_out: Attributes that were not trained on.
        trained: Attributes that were.

    Returns:
        Held-out attribute -> from 0 (a training attribute does the same) to 2 (the opposite).
    """
    known = {name: v / (np.linalg.norm(v) or 1.0) for name, v in vectors.items()}
    near = np.stack([known[name] for name in trained])
    return {name: float(1 - (near @ known[name]).max()) for name in held_out}


def tabulate_diversity(
    asked: pd.DataFrame,
    responses: pd.DataFrame,
    runs: pd.DataFrame,
    splits: pd.DataFrame,
    types: pd.DataFrame,
    vectors: Mapping[str, np.ndarray],
    *,
    base_model: str,
    planned: Sequence[Sequence[int]],
    seed: int,
    resamples: int = 2000,
) -> pd.DataFrame:
    """Estimate robustness on held-out attributes by the number of training attributes and types.

    Args:
        asked: As `spuriverse.finetuning.study_samples` returns it.
        responses: The `responses` of the study `diversity`.
        runs: Its `runs`.
        splits: A `splits` table.
        types: A `types` table.
        vectors: Attribute -> its vector.
        base_model: Name of the base model.
        planned: Of every run the number of attributes and the most types of each.
        seed: Of the intervals.
        resamples: Bootstrap resamples; attributes are drawn.

    Returns:
        Columns `ANSWER_COLUMNS`: accuracy on the spurious groups of held-out attributes and its
        change by fine-tuning, for each run; the same of each run less that before it; and the rank
        correlation of a held-out attribute's distance to the nearest training attribute with the
        accuracy on it.
    """
    seeds = sorted(set(runs["seed"]))
    base = responses[responses["model"] == base_model].drop_duplicates("sample_id")
    before = _answers(asked, base, splits, types, seeds)
    rows = [_share(base_model, "before fine-tuning", before)]
    answered, near = {}, {}
    for attributes, per_attribute in planned:
        name = f"{attributes} attributes with {per_attribute} types at most"
        label = f"/attributes-{attributes}-types-{per_attribute}/"
        mine = runs[runs["run_id"].str.contains(label, regex=False)]
        parts, distances = [], []
        for run in mine.to_dict("records"):
            replies = responses[responses["model"] == run["run_id"]]
            part = _answers(asked, replies, splits, types, [int(run["seed"])])
            far = _distances(part, splits, types, vectors, run, attributes, per_attribute)
            parts.append(part)
            distances.append(part["attribute"].map(far))
        answered[name] = pd.concat(parts)
        near[name] = answered[name].assign(distance=pd.concat(distances), run=name)
        rows.append(_share(base_model, name, answered[name]))
        rows.append(_difference(base_model, name, "change by fine-tuning", answered[name], before))
    for first, second in pairwise(answered):
        where = f"{second} less {first}"
        rows.append(_difference(base_model, where, "robustness", answered[second], answered[first]))
    settings: dict[str, Any] = {"seed": seed, "resamples": resamples}
    pooled = {**near, "all runs – ranks within runs": pd.concat(near.values())}
    for name, part in pooled.items():
        by = part.groupby(["run", "seed", "attribute"], as_index=False).agg(
            correct=("correct", "mean"), distance=("distance", "first")
        )
        found = clustered_rank_correlation(
            by["distance"], by["correct"], by["attribute"], strata=by["run"], **settings
        )
        measure = "distance to the nearest training attribute – accuracy"
        rows.append(answer(base_model, name, measure, RANK, found, by["attribute"]))
    return as_table(rows)


def _answers(
    asked: pd.DataFrame,
    replies: pd.DataFrame,
    splits: pd.DataFrame,
    types: pd.DataFrame,
    seeds: Sequence[int],
) -> pd.DataFrame:
    parts = [held_out_responses(asked, replies, splits, types, seed) for seed in seeds]
    answers = pd.concat(parts, ignore_index=True)
    return answers[answers["subset"] == HELD_OUT].reset_index(drop=True)


def _distances(
    part: pd.DataFrame,
    splits: pd.DataFrame,
    types: pd.DataFrame,
    vectors: Mapping[str, np.ndarray],
    run: Mapping[Any, Any],
    attributes: int,
    per_attribute: int,
) -> dict[str, float]:
    seed = int(run["seed"])
    split = splits[splits["seed"] == seed].merge(types, on="type_id")
    used = training_types(split, seed, None, attributes, per_attribute)
    trained = sorted(set(types.loc[types["type_id"].isin(used), "attribute"]))
    return nearest_distances(vectors, sorted(set(part["attribute"])), trained)


def _share(model: str, name: str, part: pd.DataFrame) -> dict[str, Any]:
    found = clustered_share(part["correct"], part["attribute"])
    return answer(model, name, "robustness", SHARE, found, part["attribute"])


def _difference(
    model: str, name: str, measure: str, first: pd.DataFrame, second: pd.DataFrame
) -> dict[str, Any]:
    found = clustered_difference(
        first["correct"], first["attribute"], second["correct"], second["attribute"]
    )
    return answer(model, name, measure, DIFFERENCE, found, first["attribute"])
