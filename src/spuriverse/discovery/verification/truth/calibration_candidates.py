"""Candidates of known truth, on which the decision of verification is tried.

Half of them name a planted attribute, half a control attribute, which causes nothing. This looks at
the ground truth of the embedded world; what it makes is read by tables and figures alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from PIL import Image

from spuriverse.models import LocalModel
from spuriverse.problems import Problem
from spuriverse.progress import progress
from spuriverse.questions import Question
from spuriverse.world import (
    OBJECTS,
    Optics,
    Scene,
    ask,
    attributes_of,
    compose_scene,
    owners,
    render_arrays,
)

GROUPS = ("core", "spurious")


@dataclass(frozen=True)
class CalibrationCandidate:
    """A candidate of known truth: an attribute, a right and a wrong answer.

    Attributes:
        candidate_id: Attribute and right answer.
        attribute: Of the world, "kind:value".
        planted: Whether a model of the biased world could learn it; it leads to the wrong answer.
        question: Asks for the object; the wrong answer is among the options.
        scenes: What the spurious images show; core images show the same without the attribute.
    """

    candidate_id: str
    attribute: str
    planted: bool
    question: Question
    scenes: tuple[Scene, ...]


def draw_calibration_candidates(
    *, candidates: int, images: int, seed: int
) -> list[CalibrationCandidate]:
    """Draw candidates on every attribute, each with another right answer.

    Args:
        candidates: Least number on planted and on control attributes, each; all attributes of a
            sort get as many.
        images: Pairs of images per candidate that decide; as many again tell the truth.
        seed: Settles everything.

    Raises:
        Problem: There are not so many different candidates.
    """
    rng = np.random.default_rng([seed, 7])
    owner = owners()
    drawn = []
    for attributes in (attributes_of("planted"), attributes_of("controls")):
        each = -(-candidates // len(attributes))
        if each >= len(OBJECTS):
            raise Problem(
                f"verification.calibration.candidates asks for {each} right answers per attribute,"
                f" but the world has {len(OBJECTS)} objects; ask for fewer candidates."
            )
        for attribute in attributes:
            others = [name for name in OBJECTS if name != owner.get(attribute)]
            for place in rng.permutation(len(others))[:each]:
                drawn.append(
                    _candidate(rng, attribute, others[place], owner.get(attribute), 2 * images)
                )
    return drawn


def _candidate(
    rng: np.random.Generator, attribute: str, right: str, wrong: str | None, images: int
) -> CalibrationCandidate:
    scenes = [compose_scene(rng, right, [attribute], n_dots=1) for _ in range(images)]
    question = ask(rng, scenes[0], "object", [wrong] if wrong else [])
    name = f"{attribute}-{right}"
    return CalibrationCandidate(name, attribute, wrong is not None, question, tuple(scenes))


def render_calibration_candidates(
    candidates: Sequence[CalibrationCandidate], optics: Optics, processes: int = 1
) -> np.ndarray:
    """Render all images of all candidates.

    Returns:
        uint8 array of shape (candidates, images, 2, 64, 64, 3); core images come first.
    """
    scenes = [
        scene
        for candidate in candidates
        for spurious in candidate.scenes
        for scene in _pair(spurious)
    ]
    images = render_arrays(scenes, optics, processes)
    return images.reshape(len(candidates), -1, 2, *images.shape[1:])


def ask_calibration_candidates(
    model: LocalModel,
    candidates: Sequence[CalibrationCandidate],
    images: np.ndarray,
    *,
    batch_size: int = 128,
) -> pd.DataFrame:
    """Ask a model every question about every image.

    Args:
        model: Who is asked.
        candidates: As `draw_calibration_candidates` returns them.
        images: As `render_calibration_candidates` returns them; may be a memory map.
        batch_size: Images a forward pass.

    Returns:
        A `calibration_candidates` table: one row per candidate and pair of images.
    """
    places = [(c, i) for c in range(images.shape[0]) for i in range(images.shape[1])]
    right = np.zeros((len(places), 2), bool)
    starts = range(0, len(places), batch_size // 2 or 1)
    for start in progress(
        starts, desc=f"calibration of {model.name}", total=len(starts), unit="batch"
    ):
        batch = places[start : start + (batch_size // 2 or 1)]
        pictures = [Image.fromarray(image) for c, i in batch for image in images[c, i]]
        asked = [candidates[c].question for c, _ in batch for _ in GROUPS]
        scores = model.option_likelihood(pictures, asked, model.prompts(asked))
        marks = [int(np.argmax(s)) == q.answer for s, q in zip(scores, asked, strict=True)]
        right[start : start + len(batch)] = np.reshape(marks, (-1, 2))
    return pd.DataFrame(_rows(candidates, places, right))


def _rows(
    candidates: Sequence[CalibrationCandidate], places: list[tuple[int, int]], right: np.ndarray
) -> Iterator[dict[str, object]]:
    for (index, number), (core, spurious) in zip(places, right, strict=True):
        candidate = candidates[index]
        yield {
            "candidate_id": candidate.candidate_id,
            "attribute": candidate.attribute,
            "planted": candidate.planted,
            "part": "selection" if number < len(candidate.scenes) // 2 else "fresh",
            "number": number,
            "core_correct": bool(core),
            "spurious_correct": bool(spurious),
        }


def _pair(spurious: Scene) -> tuple[Scene, Scene]:
    return replace(spurious, attributes=()), spurious
