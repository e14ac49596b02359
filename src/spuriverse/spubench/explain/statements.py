"""Let a tiny model of the embedded world read the attributes that prompts state."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from spuriverse.models import LocalModel
from spuriverse.problems import Problem
from spuriverse.questions import render_condition
from spuriverse.world import (
    QUESTION_KINDS,
    Lesson,
    Scene,
    Words,
    attributes_of,
    learn_words,
    missing_words,
    read_world,
    split_words,
)


def teach_attributes(
    model: LocalModel,
    attributes: pd.DataFrame,
    *,
    biased: bool,
    world: Mapping[str, float],
    lesson: Lesson,
    seed: int,
) -> Words:
    """Teach a tiny model the words of all conditions, on scenes of the world it was trained in.

    Only the wording of the questions' attributes is used: the scenes are drawn anew,
    and what is true of them is read from them.

    Args:
        model: A tiny model; it reads the words afterwards.
        attributes: An `attributes` table.
        biased: Whether the model was trained on the biased world.
        world: The section `world` of the configuration, as it was in the model's training.
        lesson: How words are learned.
        seed: Settles scenes and first vectors.

    Raises:
        Problem: An attribute is nothing the embedded world can show.
    """
    question = QUESTION_KINDS["object"][0]
    core = attributes.groupby("label")["core"].agg(lambda texts: sorted(set(texts))).to_dict()
    shown = _shown(attributes["spurious"])

    def say(scene: Scene) -> list[str]:
        texts = [*core.get(scene.object, ())]
        for attribute in scene.attributes:
            texts += shown.get(attribute, ())
        return [model.wrap(render_condition(question, text)) for text in texts]

    texts = [*attributes["core"], *attributes["spurious"]]
    names = missing_words(model.processor, (render_condition(question, text) for text in texts))
    statistics, optics = read_world(world)
    settings: dict[str, Any] = {"statistics": statistics, "optics": optics, "lesson": lesson}
    return learn_words(
        model.model, model.processor, names, say, biased=biased, seed=seed, **settings
    )


def _shown(texts: Iterable[str]) -> dict[str, list[str]]:
    """Attribute of the world -> the texts that name it, by its value and if need be its kind."""
    known = [*attributes_of("planted"), *attributes_of("controls")]
    found: dict[str, list[str]] = {}
    for text in sorted(set(texts)):
        words = _words(text)
        matches = [name for name in known if _names(words, name)]
        if not matches:
            raise Problem(
                f"The spurious attribute '{text}' names nothing that the embedded world can show,"
                " so its tiny models cannot learn to read it; ask a model that reads it"
                " (explain.models), or name one of the world's attributes."
            )
        best = max(len(words & _words(name)) for name in matches)
        for name in matches:
            if len(words & _words(name)) == best:
                found.setdefault(name, []).append(text)
    return found


def _names(words: set[str], attribute: str) -> bool:
    return _words(attribute.partition(":")[2]) <= words


def _words(text: str) -> set[str]:
    """Words of a text, those of a hyphenated value one by one."""
    return set(split_words(text.replace("-", " ").replace(":", " ")))
