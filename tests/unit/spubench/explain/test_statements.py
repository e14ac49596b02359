"""Tiny models learn to read attributes, and nothing else about them changes."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spuriverse.models import LocalModel, load_model, questions_of
from spuriverse.problems import Problem
from spuriverse.questions import open_image, render_condition
from spuriverse.spubench.explain import teach_attributes
from spuriverse.world import Lesson, Words, add_words

WORLD = {
    "association": 0.99,
    "attribute_rate": 0.9,
    "control_rate": 0.05,
    "noise": 8.0,
    "contrast": 1.0,
}


def teach(model: LocalModel, attributes: pd.DataFrame, steps: int) -> Words:
    lesson = Lesson(images=96, steps=steps, batch_size=32)
    return teach_attributes(model, attributes, biased=True, world=WORLD, lesson=lesson, seed=0)


def likelihood(model: LocalModel, questions: tuple[pd.DataFrame, pd.DataFrame]) -> float:
    """Mean log-likelihood of the label under the core prompt."""
    samples, attributes = questions
    images = [open_image(path) for path in samples["image"]]
    prompts = [
        model.wrap(render_condition(question, core))
        for question, core in zip(samples["question"], attributes["core"], strict=True)
    ]
    scores, _ = model.label_likelihood(images, [prompts], [[name] for name in attributes["label"]])
    return float(np.mean(scores))


def test_words_are_learned_and_plain_answers_stay_the_same_to_the_bit(
    tiny_folder: Path, questions: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    samples, attributes = questions

    def answers(model: LocalModel) -> list[list[float]]:
        images = [open_image(path) for path in samples["image"]]
        prompts = [model.wrap(question) for question in samples["question"]]
        return model.option_likelihood(images, questions_of(samples), prompts)

    fresh = load_model(tiny_folder)
    before = answers(fresh)
    teach(fresh, attributes, steps=0)
    untaught = likelihood(fresh, questions)
    taught = load_model(tiny_folder)
    words = teach(taught, attributes, steps=40)
    assert {"outline", "attribute", "consider"} <= set(words.names)
    assert likelihood(taught, questions) > untaught + 0.2
    assert answers(taught) == before


def test_learned_words_can_be_kept_and_given_to_the_model_again(
    tiny_folder: Path, questions: tuple[pd.DataFrame, pd.DataFrame], tmp_path: Path
) -> None:
    model = load_model(tiny_folder)
    words = teach(model, questions[1], steps=1)
    for name in ("a", "b"):
        words.save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    again = load_model(tiny_folder)
    add_words(again.model, again.processor, Words.load(tmp_path / "a"))
    assert likelihood(again, questions) == likelihood(model, questions)
    with pytest.raises(Problem, match="holds no learned words"):
        (tmp_path / "c").write_text("other")
        Words.load(tmp_path / "c")


def test_no_words_change_nothing(tiny_folder: Path, tmp_path: Path) -> None:
    Words.none().save(tmp_path / "none")
    model = load_model(tiny_folder)
    size = len(model.processor.tokenizer.get_vocab())
    add_words(model.model, model.processor, Words.load(tmp_path / "none"))
    assert len(model.processor.tokenizer.get_vocab()) == size


def test_an_attribute_that_the_world_cannot_show_is_named(
    tiny_folder: Path, questions: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    attributes = questions[1].assign(spurious="a crowd of people")
    with pytest.raises(Problem, match="'a crowd of people' names nothing"):
        teach(load_model(tiny_folder), attributes, steps=1)
