"""Compose scenes to order: what a core or a spurious image of a question shows."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from spuriverse.problems import Problem
from spuriverse.world.editions import USUAL, Edition
from spuriverse.world.objects import COLOURS
from spuriverse.world.rendering import DOT_PLACES, Scene, split_attribute
from spuriverse.world.sampling import COUNTS, QUESTION_KINDS, compose_scene, right_answer


def question_kind(text: str) -> str:
    """Return the kind (a key of `QUESTION_KINDS`) of a question of the embedded world.

    Raises:
        Problem: The embedded world does not ask this question.
    """
    for kind, (question, _) in QUESTION_KINDS.items():
        if question == text:
            return kind
    known = "; ".join(question for question, _ in QUESTION_KINDS.values())
    raise Problem(f"The embedded world cannot depict '{text}'; it knows: {known}")


def scene_for_answer(
    rng: np.random.Generator,
    text: str,
    answer: str,
    attributes: Sequence[str] = (),
    edition: Edition = USUAL,
) -> Scene:
    """Draw a scene for which `answer` is the right answer to the question `text`.

    Raises:
        Problem: The world has no such attribute, or no scene with them has this answer.
    """
    for attribute in attributes:
        split_attribute(attribute)
    kind = question_kind(text)
    n_dots = COUNTS.index(answer) + 1 if kind == "count" and answer in COUNTS else 1
    name = answer if kind == "object" else edition.objects[int(rng.integers(len(edition.objects)))]
    if name not in edition.objects:
        known = ", ".join(edition.objects)
        raise Problem(f"The embedded world has no object '{name}'; it knows {known}.")
    scene = compose_scene(rng, name, attributes, n_dots)
    if kind == "colour":
        if answer not in COLOURS:
            raise Problem(
                f"The embedded world has no colour '{answer}' without the attribute that paints it;"
                f" it knows {', '.join(COLOURS)}."
            )
        scene = replace(scene, colour=answer)
    elif kind == "position" and answer in DOT_PLACES:
        scene = replace(scene, dots=(answer,))
    if right_answer(scene, kind) != answer:
        raise Problem(
            f"With {', '.join(attributes)} in the image '{answer}' cannot be the right answer to"
            f" '{text}'."
        )
    return scene
