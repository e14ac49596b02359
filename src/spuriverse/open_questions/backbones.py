"""Do other backbones confuse the same images: zones of several models, and each in the others'."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from spuriverse.open_questions.answers import DIFFERENCE, SHARE, answer, as_table
from spuriverse.statistics import clustered_difference, clustered_share
from spuriverse.world import OBJECTS, QUESTION_KINDS

CLIP = "tiny CLIP"


def class_questions(scenes: pd.DataFrame) -> pd.DataFrame:
    """Ask of every image of the class folders which of all objects it shows.

    Args:
        scenes: A `scenes` table.

    Returns:
        Columns sample_id (the path), image, question, options and answer.
    """
    names = list(OBJECTS)
    return pd.DataFrame(
        {
            "sample_id": scenes["image"],
            "image": scenes["image"],
            "question": QUESTION_KINDS["object"][0],
            "options": [names] * len(scenes),
            "answer": [names.index(name) for name in scenes["object"]],
        }
    )


def true_ranks(asked: pd.DataFrame, responses: pd.DataFrame) -> pd.Series:
    """Return the rank of the right answer among a model's scores, from 1, by sample.

    Args:
        asked: As `class_questions` returns it.
        responses: The `responses` of one model; failed ones are left out.
    """
    made = responses[responses["outcome"] == "answered"].merge(
        asked[["sample_id", "answer"]], on="sample_id"
    )
    ranks = [
        1 + int((np.asarray(scores) > scores[right]).sum())
        for scores, right in zip(made["option_scores"], made["answer"], strict=True)
    ]
    return pd.Series(ranks, index=made["sample_id"].to_numpy())


def compare_zones(
    ranks: Mapping[str, pd.Series],
    confused: set[str],
    attributes: Mapping[str, str],
    *,
    min_rank: int,
    max_rank: int,
) -> pd.DataFrame:
    """Compare the images that models confuse, and how hard each zone is for the others.

    Args:
        ranks: Model -> as `true_ranks` returns it.
        confused: Images of the zone of the tiny CLIP.
        attributes: Image -> the attribute that it shows.
        min_rank: Least rank of the true class in a zone.
        max_rank: Greatest.

    Returns:
        Columns `ANSWER_COLUMNS`: images in a zone; of two zones the images in both, as a share of
        those in either; the accuracy of a model in another's zone, and that less its accuracy on
        all images. Intervals are over attributes.
    """
    table = pd.DataFrame(ranks).dropna()
    shown = pd.Series([attributes[image] for image in table.index], index=table.index)
    zones = {CLIP: table.index.isin(confused)}
    zones |= {name: table[name].between(min_rank, max_rank).to_numpy() for name in ranks}
    rows: list[dict[str, Any]] = []
    for name, zone in zones.items():
        found = clustered_share(zone, shown)
        rows.append(answer(name, "all images", "images in its zone", SHARE, found, shown))
    for first, second in combinations(zones, 2):
        either = zones[first] | zones[second]
        if either.any():
            both = (zones[first] & zones[second])[either]
            found = clustered_share(both, shown[either])
            measure = "images of either zone in both"
            rows.append(answer(first, f"with {second}", measure, SHARE, found, shown[either]))
    for name in ranks:
        right = (table[name] == 1).to_numpy()
        for other, zone in zones.items():
            if other != name and zone.any():
                rows += _hardness(name, f"zone of {other}", right, zone, shown)
    return as_table(rows)


def _hardness(
    model: str, condition: str, right: np.ndarray, zone: np.ndarray, shown: pd.Series
) -> list[dict[str, Any]]:
    inside = clustered_share(right[zone], shown[zone])
    apart = clustered_difference(right[zone], shown[zone], right, shown)
    return [
        answer(model, condition, "accuracy", SHARE, inside, shown[zone]),
        answer(model, f"{condition} less all images", "accuracy", DIFFERENCE, apart, shown),
    ]
