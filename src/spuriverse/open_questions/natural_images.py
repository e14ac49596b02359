"""Images as they come: scenes in which an attribute is there or not, and all else as usual."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from spuriverse.tables import sample_id
from spuriverse.world import (
    Optics,
    Scene,
    ask,
    question_kind,
    question_kinds_of,
    render_files,
    sample_independent_scene,
    split_attribute,
)

_MOST_DRAWS = 1000
"""An answer that no scene but a few has is left out after so many."""


def render_natural_images(
    types: pd.DataFrame,
    samples: pd.DataFrame,
    folder: Path,
    *,
    images: int,
    kind_rate: float,
    optics: Optics,
    seed: int,
    stored_as: Path | None = None,
) -> pd.DataFrame:
    """Draw images with and without the attribute of every type, as the world shows them.

    Each scene is drawn on its own: any object, and any other attributes as often as in the
    benchmark. The question is that of the types of the attribute, with the answer that it leads to
    among the options and never right.

    Args:
        types: A `types` table. Of an attribute with several wrong answers the commonest counts.
        samples: The `samples` that hold the anchors.
        folder: Where the PNG files go; must exist.
        images: Images per attribute with it, and as many without.
        kind_rate: Probability of each other kind of attribute.
        optics: How images look.
        seed: Of the draw.
        stored_as: The folder as the table names it, if it will be moved.

    Returns:
        A `natural_images` table.
    """
    rng = np.random.default_rng([seed, 23])
    asked = types.merge(samples[["sample_id", "question"]], on="sample_id")
    rows: list[dict[str, Any]] = []
    scenes: list[Scene] = []
    for attribute, part in asked.groupby("attribute", sort=True):
        (predicted, text), _ = max(
            part.groupby(["predicted", "question"], sort=True), key=lambda each: len(each[1])
        )
        for shows in (True, False):
            for scene in _draw(rng, str(attribute), text, predicted, shows, kind_rate, images):
                question = ask(rng, scene, question_kind(text), [predicted])
                name = f"{len(scenes):06d}.png"
                rows.append(
                    {
                        "sample_id": sample_id("natural", f"{seed}/{name}", text),
                        "attribute": attribute,
                        "predicted": predicted,
                        "shows": shows,
                        "image": str((stored_as or folder) / name),
                        "question": question.text,
                        "options": list(question.options),
                        "answer": question.answer,
                    }
                )
                scenes.append(scene)
    render_files(scenes, [folder / Path(row["image"]).name for row in rows], optics)
    return pd.DataFrame(rows)


def _draw(
    rng: np.random.Generator,
    attribute: str,
    text: str,
    predicted: str,
    shows: bool,
    kind_rate: float,
    images: int,
) -> Iterator[Scene]:
    kind, found = question_kind(text), 0
    for _ in range(_MOST_DRAWS * images):
        scene = sample_independent_scene(rng, kind_rate)
        mine = split_attribute(attribute)[0]
        others = tuple(a for a in scene.attributes if split_attribute(a)[0] != mine)
        scene = replace(scene, attributes=(*others, attribute) if shows else others)
        if kind not in question_kinds_of(scene):
            continue
        question = ask(np.random.default_rng(0), scene, kind)
        if question.options[question.answer] == predicted:
            continue
        yield scene
        found += 1
        if found == images:
            return
