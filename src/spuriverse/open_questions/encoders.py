"""Ranks of the true class by encoders of other backbones and losses, trained for the purpose."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from spuriverse.questions import open_image
from spuriverse.world import OBJECTS, ClipRecipe, Optics, Statistics, train_encoders


def rank_by_encoders(
    scenes: pd.DataFrame,
    *,
    seed: int,
    recipe: ClipRecipe,
    statistics: Statistics,
    optics: Optics,
    threads: int,
) -> pd.DataFrame:
    """Train an encoder of every kind, and rank the true class of every image of the class folders.

    Args:
        scenes: A `scenes` table.
        seed: Of the encoders.
        recipe: Sizes and steps of each.
        statistics: How attributes are distributed in what they learn.
        optics: How scenes look.
        threads: Threads on the CPU.

    Returns:
        An `encoder_ranks` table.

    Raises:
        Problem: An image cannot be opened.
    """
    encoders = train_encoders(
        seed=seed, recipe=recipe, statistics=statistics, optics=optics, threads=threads
    )
    images = np.stack([np.asarray(open_image(path)) for path in scenes["image"]])
    names = list(OBJECTS)
    right = np.array([names.index(name) for name in scenes["object"]])
    parts = []
    for encoder, scores_of in encoders.items():
        scores = scores_of(images)
        above = scores > scores[np.arange(len(right)), right][:, None]
        ranks = 1 + above.sum(axis=1)
        parts.append(
            pd.DataFrame({"encoder": encoder, "image": scenes["image"].to_numpy(), "rank": ranks})
        )
    return pd.concat(parts, ignore_index=True)


def ranks_of_encoders(table: pd.DataFrame) -> Mapping[str, pd.Series]:
    """Return encoder -> the rank of the true class by image, of an `encoder_ranks` table."""
    return {
        str(encoder): part.set_index("image")["rank"] for encoder, part in table.groupby("encoder")
    }
