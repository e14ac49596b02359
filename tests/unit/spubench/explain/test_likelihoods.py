"""Likelihoods of labels under core and spurious prompt, and the answers beside them."""

import numpy as np
import pandas as pd
import pytest

from contracts import as_table
from spuriverse.models import ImageMemory, LocalModel, questions_of
from spuriverse.problems import Problem
from spuriverse.questions import open_image, render_condition
from spuriverse.spubench.explain import choose_samples, measure_cgla


@pytest.mark.parametrize("batch_size", [1, 6, 96])
def test_the_table_is_that_of_single_questions(
    reader: LocalModel, questions: tuple[pd.DataFrame, pd.DataFrame], batch_size: int
) -> None:
    asked = choose_samples(*questions)
    table = measure_cgla(reader, asked, batch_size)
    as_table(table, "likelihoods")
    for found, row in zip(table.to_dict("records"), asked.to_dict("records"), strict=True):
        image = [open_image(row["image"])]
        for name in ("core", "spurious"):
            prompt = reader.wrap(render_condition(row["question"], row[name]))
            for kind in ("label", "predicted"):
                plain, lengths = reader.label_likelihood(image, [[prompt]], [[row[kind]]])
                assert found[f"{kind}_{name}"] == pytest.approx(plain[0][0][0], abs=1e-4)
                assert found[f"{kind}_tokens"] == lengths[0][0]


def test_the_images_of_one_batch_are_open(
    reader: LocalModel, questions: tuple[pd.DataFrame, pd.DataFrame], most_open
) -> None:
    asked = choose_samples(*questions)
    measure_cgla(reader, asked, batch_size=4)
    assert 2 <= most_open() <= 4 < len(asked)


def test_outcomes_say_who_was_fooled(
    reader: LocalModel, questions: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    asked = choose_samples(*questions)
    table = measure_cgla(reader, asked)
    prompts = [reader.wrap(question) for question in asked["question"]]
    images = [open_image(path) for path in asked["image"]]
    scores = reader.option_likelihood(images, questions_of(asked), prompts)
    for answer, outcome, row, own in zip(
        table["answer"], table["outcome"], asked.to_dict("records"), scores, strict=True
    ):
        assert answer == row["options"][int(np.argmax(own))]
        expected = {row["label"]: "right", row["predicted"]: "fooled"}
        assert outcome == expected.get(answer, "other")


def test_a_label_without_tokens_is_named(
    reader: LocalModel, questions: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    asked = choose_samples(*questions)
    for label in ("\u200b", "zeppelin"):
        with pytest.raises(Problem, match="no tokens for the option"):
            measure_cgla(reader, asked.assign(label=label))


def test_a_question_without_a_predicted_class_has_a_cgla_all_the_same(
    reader: LocalModel, questions: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    asked = choose_samples(*questions)
    unnamed = asked.assign(predicted=["", *asked["predicted"][1:]])
    table, whole = measure_cgla(reader, unnamed), measure_cgla(reader, asked)
    as_table(table, "likelihoods")
    np.testing.assert_allclose(table["label_core"], whole["label_core"], atol=1e-4)
    assert table["predicted_core"].isna().tolist() == [True] + [False] * 7
    assert table["predicted_tokens"].tolist() == [0] + [1] * 7


def test_samples_are_drawn_by_the_seed_and_none_is_a_problem(
    questions: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    first, again, other = (choose_samples(*questions, 4, seed) for seed in (1, 1, 2))
    assert first["sample_id"].tolist() == again["sample_id"].tolist()
    assert first["sample_id"].tolist() != other["sample_id"].tolist()
    assert len(first) == 4 and len(choose_samples(*questions, 99)) == 8
    with pytest.raises(Problem, match="nothing to explain"):
        choose_samples(questions[0], questions[1].assign(sample_id="else"))


def test_an_image_is_encoded_once_for_the_plain_question_and_all_statements(
    reader: LocalModel, questions: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    asked = choose_samples(*questions)
    passes: list[int] = []
    tower = reader.model.base_model.vision_tower
    counting = tower.register_forward_hook(lambda *_: passes.append(1))
    measure_cgla(reader, asked, batch_size=96)
    counting.remove()
    assert len(passes) == 1
    images = [open_image(path) for path in asked["image"]]
    prompts = [reader.wrap(question) for question in asked["question"]]
    plain = reader.option_likelihood(images, questions_of(asked), prompts)
    kept = reader.option_likelihood(images, questions_of(asked), prompts, memory=ImageMemory())
    assert kept == plain, "to the last bit"
