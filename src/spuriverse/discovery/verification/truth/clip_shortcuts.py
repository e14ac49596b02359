"""How far the tiny CLIP is misled by what was planted."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
from PIL import Image

from spuriverse.statistics import clustered_share
from spuriverse.world import (
    OBJECTS,
    Optics,
    Scene,
    attributes_of,
    compose_scene,
    owners,
    render,
)

CLIP_COLUMNS = ("scenes", "n", "accuracy", "low", "high", "misled", "misled_low", "misled_high")


def measure_clip(
    scores: Callable[[list[Image.Image]], np.ndarray],
    *,
    pairs: int,
    optics: Optics,
    seed: int,
) -> pd.DataFrame:
    """Measure a zero-shot classifier of the world's objects with and without attributes.

    Args:
        scores: Images -> a score for every object, in the order of `OBJECTS`.
        pairs: Scenes an attribute, and as many that differ in lacking it.
        optics: As in the images the classifier was trained on.
        seed: Settles the scenes.

    Returns:
        The columns of `CLIP_COLUMNS`, a row for each kind of scene: core (no attribute), spurious
        (a planted attribute of another object), control (an attribute that is no object's) and
        aligned (the object's own). accuracy is the share of scenes whose object has the highest
        score; misled the share in which the owner of the attribute has it, missing where there is
        no wrong owner. Intervals are over attributes.
    """
    rng = np.random.default_rng([seed, 9])
    owner, names = owners(), list(OBJECTS)
    drawn: list[tuple[str, str, Scene]] = []
    for attribute in (*attributes_of("planted"), *attributes_of("controls")):
        others = [name for name in names if name != owner.get(attribute)]
        for _ in range(pairs):
            scene = compose_scene(rng, others[int(rng.integers(len(others)))], [attribute])
            sort = "spurious" if attribute in owner else "control"
            drawn += [(sort, attribute, scene), ("core", attribute, replace(scene, attributes=()))]
            if attribute in owner:
                drawn.append(("aligned", attribute, replace(scene, object=owner[attribute])))
    found = []
    for start in range(0, len(drawn), 256):
        batch = [
            Image.fromarray(render(scene, optics)) for _, _, scene in drawn[start : start + 256]
        ]
        found += [names[int(place)] for place in np.argmax(scores(batch), axis=1)]
    table = pd.DataFrame(drawn, columns=["scenes", "attribute", "scene"]).assign(found=found)
    table["right"] = [s.object == f for s, f in zip(table["scene"], found, strict=True)]
    table["misled"] = table["attribute"].map(owner) == table["found"]
    rows = []
    for sort in ("core", "spurious", "control", "aligned"):
        part = table[table["scenes"] == sort]
        right = clustered_share(part["right"], part["attribute"])
        row: list[object] = [sort, right.n, right.value, right.low, right.high]
        misled = clustered_share(part["misled"], part["attribute"])
        missing = (np.nan, np.nan, np.nan)
        owned = sort in ("core", "spurious")
        rows.append([*row, *((misled.value, misled.low, misled.high) if owned else missing)])
    return pd.DataFrame(rows, columns=list(CLIP_COLUMNS))
