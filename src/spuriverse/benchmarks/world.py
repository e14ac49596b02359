"""The embedded world as a benchmark: questions about rendered images.

Real benchmarks hold images in which a shortcut fits and images in which it does not. So does this
one: *natural* images are distributed as the biased training images are, *independent* images show
attributes without regard to the object. Which attributes are planted is not in the table.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from spuriverse.questions import Question
from spuriverse.tables import sample_id
from spuriverse.world import (
    Edition,
    Optics,
    Scene,
    Statistics,
    ask,
    question_kinds_of,
    render_files,
    sample_independent_scene,
    sample_training_scene,
)

BENCHMARK = "world"


def make_world_benchmark(
    folder: Path,
    *,
    independent: int,
    natural: int,
    kind_rate: float,
    statistics: Statistics,
    optics: Optics,
    seed: int,
    processes: int = 1,
    stored_as: Path | None = None,
) -> pd.DataFrame:
    """Render the benchmark's images and return its `samples` table.

    Args:
        folder: Where the PNG files go; must exist.
        independent: Images whose attributes are independent of the object, each asked which
            object it shows.
        natural: Images as in the biased world; half are asked for the object, the others for
            colour, position or number of dots.
        kind_rate: Independent images: probability of each kind of attribute.
        stored_as: The folder as the table names it, if it will be moved; by default `folder`.

    Returns:
        One row per image; category is "independent-object", "natural-colour" and so on.
    """
    rng = np.random.default_rng([seed, 1])
    drawn = [
        *_independent(rng, independent, kind_rate, statistics.edition),
        *_natural(rng, natural, statistics),
    ]
    names = [f"{number:06d}.png" for number in range(len(drawn))]
    scenes = [scene for scene, _, _ in drawn]
    render_files(scenes, [folder / name for name in names], optics, processes)
    rows = [
        {
            "sample_id": sample_id(BENCHMARK, f"{seed}/{name}", question.text),
            "benchmark": BENCHMARK,
            "image": str((stored_as or folder) / name),
            "question": question.text,
            "options": list(question.options),
            "answer": question.answer,
            "category": category,
            "attributes": sorted(scene.attributes),
        }
        for name, (scene, question, category) in zip(names, drawn, strict=True)
    ]
    return pd.DataFrame(rows)


def _independent(
    rng: np.random.Generator, n: int, kind_rate: float, edition: Edition
) -> Iterator[tuple[Scene, Question, str]]:
    """Of an edition in which attributes predict other answers too, those are asked for as well."""
    kinds = tuple(dict.fromkeys(["object", *(kind for _, kind, _ in edition.cues)]))
    for _ in range(n):
        scene = sample_independent_scene(rng, kind_rate, edition)
        kind = kinds[int(rng.integers(len(kinds)))] if len(kinds) > 1 else kinds[0]
        yield scene, ask(rng, scene, kind, edition=edition), f"independent-{kind}"


def _natural(
    rng: np.random.Generator, n: int, statistics: Statistics
) -> Iterator[tuple[Scene, Question, str]]:
    for _ in range(n):
        scene = sample_training_scene(rng, statistics, biased=True)
        others = [kind for kind in question_kinds_of(scene) if kind != "object"]
        kind = "object" if rng.random() < 0.5 else others[int(rng.integers(len(others)))]
        yield scene, ask(rng, scene, kind, edition=statistics.edition), f"natural-{kind}"
