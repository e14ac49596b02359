"""Core and spurious images from the renderer of the embedded world."""

import logging
import zlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from spuriverse.problems import Problem
from spuriverse.world import Optics, Scene, render_files, scene_for_answer

log = logging.getLogger(__name__)

GENERATOR = "world"


def synthesise_groups(
    candidates: pd.DataFrame,
    samples: pd.DataFrame,
    folder: Path,
    *,
    images_per_group: int,
    optics: Optics,
    seed: int,
    processes: int = 1,
    stored_as: Path | None = None,
    numbers: Mapping[str, range] | None = None,
) -> pd.DataFrame:
    """Render both groups of every candidate, twice: for the decision and for a fresh look.

    Image i of the core group and image i of the spurious group are a minimal pair: they differ in
    the attribute alone. The right answer is the anchor's.

    Args:
        candidates: A `candidates` table.
        samples: The `samples` table that holds the anchors.
        folder: Where the PNG files go, named candidate, group and seed; must exist.
        images_per_group: Images a group and part.
        stored_as: The folder as the table names it, if it will be moved; by default `folder`.
        numbers: Part -> numbers of its images; by default the first `images_per_group` are for the
            decision and the next as many are fresh. An image depends on its number alone.

    Returns:
        A `groups` table. A candidate whose right answer the attribute itself would change cannot
        be depicted; it is left out with a warning.

    Raises:
        Problem: No candidate can be depicted.
    """
    if numbers is None:
        whole = range(2 * images_per_group)
        numbers = {"selection": whole[:images_per_group], "fresh": whole[images_per_group:]}
    last = max(part.stop for part in numbers.values())
    anchors = samples.set_index("sample_id")
    rows, scenes = [], []
    for candidate in candidates.itertuples():
        anchor = anchors.loc[candidate.sample_id]
        try:
            pairs = _pairs(candidate, anchor, last, seed)
        except Problem as problem:
            log.warning("Candidate %s cannot be depicted: %s", candidate.candidate_id, problem)
            continue
        for part, pair in ((part, pairs[n]) for part, wanted in numbers.items() for n in wanted):
            for group, scene in zip(("core", "spurious"), pair, strict=True):
                rows.append(_row(candidate, scene, group, part, stored_as or folder))
                scenes.append(scene)
    if not rows:
        raise Problem(
            f"None of the {len(candidates)} candidates can be depicted; the log says why for each."
        )
    groups = pd.DataFrame(rows)
    render_files(scenes, [folder / Path(i).name for i in groups["image"]], optics, processes)
    return groups


def _pairs(candidate, anchor, n: int, seed: int) -> list[tuple[Scene, Scene]]:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng([seed, 3, zlib.crc32(candidate.candidate_id.encode())])
    right = anchor["options"][anchor["answer"]]
    spurious = [
        scene_for_answer(rng, anchor["question"], right, [candidate.attribute]) for _ in range(n)
    ]
    return [(replace(scene, attributes=()), scene) for scene in spurious]


def _row(candidate, scene: Scene, group: str, part: str, folder: Path) -> dict[str, object]:  # type: ignore[no-untyped-def]
    name = f"{candidate.candidate_id}-{group}-{scene.seed}.png".replace("/", "_")
    shown = f"with {candidate.attribute}" if group == "spurious" else "without attributes"
    return {
        "candidate_id": candidate.candidate_id,
        "group": group,
        "part": part,
        "image": str(folder / name),
        "seed": scene.seed,
        "description": f"A {scene.colour} {scene.object} {shown}",
        "generator": GENERATOR,
    }
