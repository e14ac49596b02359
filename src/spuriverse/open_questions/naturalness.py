"""Do synthetic images stand for natural ones: gaps beside gaps, and images beside images."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from spuriverse.evaluation import mark_responses
from spuriverse.open_questions.answers import (
    DIFFERENCE,
    DISTANCE,
    RANK,
    SHARE,
    answer,
    as_table,
)
from spuriverse.questions import open_image
from spuriverse.statistics import (
    benjamini_hochberg,
    clustered_difference,
    clustered_mean,
    clustered_rank_correlation,
    clustered_share,
    mean_discrepancy,
)

Embed = Callable[[Sequence[Image.Image]], np.ndarray]
"""From n images to vectors of shape (n, width)."""

ENCODER = "encoder"
GROUPS = {"spurious": True, "core": False}
"""Group of synthetic images -> whether natural ones with the attribute are set beside it."""
_BATCH = 256
_LEVEL = 0.05


def compare_images(
    groups: pd.DataFrame,
    natural: pd.DataFrame,
    embed: Embed,
    *,
    seed: int,
    permutations: int = 500,
) -> pd.DataFrame:
    """Test for every attribute whether an encoder tells synthetic from natural images.

    Args:
        groups: Columns attribute, subset (spurious, core) and image.
        natural: A `natural_images` table.
        embed: The encoder.
        seed: Of the permutations.
        permutations: Of each test.

    Returns:
        A `two_samples` table, one row per attribute and group; q-values are over all of it.

    Raises:
        Problem: An image is missing.
    """
    paths = [*dict.fromkeys([*groups["image"], *natural["image"]])]
    vectors = _embed(paths, embed)
    rows: list[dict[str, Any]] = []
    for (attribute, subset), part in groups.groupby(["attribute", "subset"], sort=True):
        beside = natural[
            (natural["attribute"] == attribute) & (natural["shows"] == GROUPS[str(subset)])
        ]
        mine, theirs = part["image"].unique(), beside["image"].unique()
        if min(len(mine), len(theirs)) < 2:
            continue
        found = mean_discrepancy(
            np.stack([vectors[path] for path in mine]),
            np.stack([vectors[path] for path in theirs]),
            seed=seed,
            permutations=permutations,
        )
        rows.append(
            {
                "attribute": attribute,
                "group": subset,
                "n_synthetic": len(mine),
                "n_natural": len(theirs),
                "discrepancy": found.value,
                "p_value": found.p_value,
            }
        )
    table = pd.DataFrame(rows)
    return table.assign(q_value=benjamini_hochberg(table["p_value"]))


def _embed(paths: Sequence[str], embed: Embed) -> Mapping[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}
    for start in range(0, len(paths), _BATCH):
        some = paths[start : start + _BATCH]
        found |= zip(some, embed([open_image(path) for path in some]), strict=True)
    return found


def compare_gaps(
    asked: pd.DataFrame,
    responses: pd.DataFrame,
    natural: pd.DataFrame,
    natural_responses: pd.DataFrame,
    tests: pd.DataFrame,
    *,
    seed: int,
    resamples: int = 2000,
) -> pd.DataFrame:
    """Set the gaps on synthetic groups beside those on natural images, and beside the tests.

    Args:
        asked: As `spuriverse.evaluation.evaluation_samples` returns it.
        responses: The `responses` to it of any number of models.
        natural: A `natural_images` table.
        natural_responses: The `responses` to it of the same models.
        tests: As `compare_images` returns it.
        seed: Of the intervals.
        resamples: Bootstrap resamples; attributes are drawn.

    Returns:
        Columns `ANSWER_COLUMNS`. A gap is the accuracy without the attribute less that with it.
    """
    drawn = natural.assign(
        subset=np.where(natural["shows"], "spurious", "core"), cluster=natural["attribute"]
    )
    synthetic = mark_responses(asked[asked["subset"].isin(GROUPS)], responses)
    marked = {"synthetic": synthetic, "natural": mark_responses(drawn, natural_responses)}
    rows = _of_encoder(tests)
    for model in dict.fromkeys(natural_responses["model"]):
        mine = {name: part[part["model"] == model] for name, part in marked.items()}
        rows += _of_model(str(model), mine, tests, seed, resamples)
    return as_table(rows)


def _of_encoder(tests: pd.DataFrame) -> list[dict[str, Any]]:
    rows = []
    for group, part in tests.groupby("group", sort=False):
        far = clustered_mean(part["discrepancy"], part["attribute"])
        told = clustered_share(part["q_value"] <= _LEVEL, part["attribute"])
        where = f"{group} group beside natural images"
        rows += [
            answer(ENCODER, where, "mean discrepancy", DISTANCE, far, part["attribute"]),
            answer(ENCODER, where, "attributes told apart", SHARE, told, part["attribute"]),
        ]
    return rows


def _of_model(
    model: str, marked: Mapping[str, pd.DataFrame], tests: pd.DataFrame, seed: int, resamples: int
) -> list[dict[str, Any]]:
    rows = []
    for name, part in marked.items():
        core, spurious = (part[part["subset"] == group] for group in ("core", "spurious"))
        found = clustered_difference(
            core["correct"], core["attribute"], spurious["correct"], spurious["attribute"]
        )
        rows.append(answer(model, name, "gap", DIFFERENCE, found, part["attribute"]))
    gaps = pd.DataFrame({name: _gaps(part) for name, part in marked.items()}).dropna()
    apart = gaps["synthetic"] - gaps["natural"]
    found = clustered_mean(apart, gaps.index)
    rows.append(
        answer(model, "synthetic less natural", "gap – by attribute", DIFFERENCE, found, gaps.index)
    )
    settings: dict[str, Any] = {"seed": seed, "resamples": resamples}
    found = clustered_rank_correlation(gaps["synthetic"], gaps["natural"], gaps.index, **settings)
    rows.append(
        answer(model, "synthetic and natural", "gaps of attributes", RANK, found, gaps.index)
    )
    for group, part in tests.groupby("group", sort=False):
        far = part.set_index("attribute")["discrepancy"].reindex(gaps.index).dropna()
        if far.empty:
            continue
        off = apart.abs().reindex(far.index)
        found = clustered_rank_correlation(far, off, far.index, **settings)
        measure = f"discrepancy of the {group} group – how far gaps differ"
        rows.append(answer(model, "synthetic and natural", measure, RANK, found, far.index))
    return rows


def _gaps(marked: pd.DataFrame) -> pd.Series:
    """The gap of every attribute, by attribute."""
    shares = marked.groupby(["attribute", "subset"])["correct"].mean().unstack()
    return shares["core"] - shares["spurious"]
