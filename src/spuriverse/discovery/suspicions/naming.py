"""Names of suspicions, given by people or nearest among words, and where pictures show them."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from PIL import Image

from spuriverse.discovery.synthesis.suspected import Suspected, read_suspected
from spuriverse.problems import Problem
from spuriverse.progress import progress
from spuriverse.questions import open_image

Presence = Callable[[Sequence[Image.Image], Sequence[str]], np.ndarray]
"""n pictures, k words -> how surely each shows each, shape (n, k)."""

_AT_ONCE = 16
_SIDE = 512


def name_by_words(
    regions: pd.DataFrame, given: Mapping[str, str], words: Sequence[str], presence: Presence
) -> dict[str, str]:
    """Name suspicions by the words that are nearest to the regions of their exemplars.

    Nearest is the word of which the exemplars' regions have most beyond what regions of all
    suspicions have of it, so that a word that fits everything names nothing.

    Args:
        regions: A `regions` table.
        given: Suspicion -> the name that a person has given it, which stays.
        words: To choose from; none for the given names alone.
        presence: How surely pictures show words.

    Returns:
        Suspicion -> its name.
    """
    names = dict(given)
    known = {a: s for a, s in read_suspected(regions).items() if a not in names}
    if not words or not known:
        return names
    scores = {}
    for attribute, suspected in known.items():
        crops = _crops(suspected)
        if crops:
            scores[attribute] = presence(crops, words).mean(axis=0)
    if not scores:
        return names
    usual = np.mean(list(scores.values()), axis=0)
    return names | {a: words[int(np.argmax(score - usual))] for a, score in scores.items()}


def measure_presence(
    images: Sequence[str], names: Mapping[str, str], presence: Presence
) -> pd.DataFrame:
    """Score all pictures by the names of suspicions.

    Args:
        images: Files.
        names: Suspicion -> its name.
        presence: How surely pictures show words.

    Returns:
        A `presence` table: attribute, name, image, score. Pictures that cannot be opened have no
        row.
    """
    words = list(dict.fromkeys(names.values()))
    columns = ["attribute", "name", "image", "score"]
    tables = []
    starts = range(0, len(images) if words else 0, _AT_ONCE)
    for start in progress(starts, "pictures compared with names", len(starts), "batch"):
        opened = [(path, _opened(path)) for path in images[start : start + _AT_ONCE]]
        readable = [(path, picture) for path, picture in opened if picture is not None]
        if not readable:
            continue
        scores = presence([picture for _, picture in readable], words)
        for attribute, name in names.items():
            tables.append(
                pd.DataFrame(
                    {
                        "attribute": attribute,
                        "name": name,
                        "image": [path for path, _ in readable],
                        "score": scores[:, words.index(name)],
                    }
                )
            )
    if not tables:
        return pd.DataFrame(columns=columns).astype({"score": "float64"})
    return pd.concat(tables, ignore_index=True)


def _crops(suspected: Suspected) -> list[Image.Image]:
    """What the exemplars show at their regions: the smallest rectangle around all of each."""
    crops = []
    for image in suspected.exemplars[:_AT_ONCE]:
        picture = _opened(image)
        if picture is None:
            continue
        left, top = np.min([box[:2] for box in suspected.boxes[image]], axis=0)
        right, bottom = np.max([box[2:] for box in suspected.boxes[image]], axis=0)
        width, height = picture.size
        x, y = int(left * width), int(top * height)
        end = max(round(right * width), x + 1), max(round(bottom * height), y + 1)
        crops.append(picture.crop((x, y, *end)))
    return crops


def _opened(path: str) -> Image.Image | None:
    try:
        return open_image(path, shortest=_SIDE)
    except Problem:
        return None
