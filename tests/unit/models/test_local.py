"""Checkpoints on disk: option scores are plain likelihoods, and what is broken is a Problem."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from contracts import as_table
from spuriverse.models import LocalModel, answer_samples, load_model
from spuriverse.models.answering import questions_of
from spuriverse.problems import Problem
from spuriverse.questions import open_image

MULTIPLE = ["red star", "blue", "yellow ring left", "what moon"]


@pytest.fixture(scope="module")
def model(tiny_folder: Path) -> LocalModel:
    return load_model(tiny_folder)


def with_options(samples: pd.DataFrame, options: list[list[str]]) -> pd.DataFrame:
    return samples.assign(options=options, answer=0)


def ask(model: LocalModel, samples: pd.DataFrame, batch_size: int = 256) -> list[list[float]]:
    table = answer_samples(model, samples, batch_size=batch_size)
    return table["option_scores"].tolist()


def score_plainly(model: LocalModel, samples: pd.DataFrame) -> list[list[float]]:
    """One forward pass per option: prompt and option as one text, no padding."""
    scores = []
    tokenizer = model.processor.tokenizer
    for question, path in zip(questions_of(samples), samples["image"], strict=True):
        row = []
        for option in question.options:
            ids = tokenizer(option, add_special_tokens=False).input_ids
            text = f"{model.prompt(question)} {option}"
            inputs = model.processor(images=[open_image(path)], text=[text], return_tensors="pt")
            assert inputs["input_ids"][0, -len(ids) :].tolist() == ids
            with torch.no_grad():
                logits = model.model(**inputs).logits[0, -len(ids) - 1 : -1]
            row.append(float(logits.log_softmax(-1)[range(len(ids)), ids].sum()))
        scores.append(row)
    return scores


@pytest.fixture(
    params=["single tokens", "several tokens", "mixed numbers of options"], scope="module"
)
def samples(request: pytest.FixtureRequest, tiny_samples: pd.DataFrame) -> pd.DataFrame:
    n = len(tiny_samples)
    if request.param == "single tokens":
        return tiny_samples
    if request.param == "several tokens":
        return with_options(tiny_samples, [MULTIPLE] * n)
    return with_options(tiny_samples, [MULTIPLE[: 2 + i % 3] for i in range(n)])


# --- scores -----------------------------------------------------------------------------------


def test_scores_are_the_likelihoods_of_the_options(model: LocalModel, samples) -> None:
    scores, plain = ask(model, samples), score_plainly(model, samples)
    assert np.ptp(scores[0]) > 0.01
    for one, other in zip(scores, plain, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)


def test_the_batch_size_does_not_matter(model: LocalModel, samples) -> None:
    for one, other in zip(ask(model, samples, 1), ask(model, samples, 8), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)


def test_scores_follow_their_options(model: LocalModel, samples) -> None:
    turned = samples.assign(options=[options[::-1] for options in samples["options"]])
    for one, other in zip(ask(model, samples), ask(model, turned), strict=True):
        np.testing.assert_allclose(one, other[::-1], atol=1e-5)


def test_the_image_matters(model: LocalModel, tiny_samples: pd.DataFrame) -> None:
    same = with_options(tiny_samples, [MULTIPLE] * len(tiny_samples))
    same["question"] = "What object is shown?"
    assert np.ptp(np.array(ask(model, same)), axis=0).min() > 1e-4


def test_responses_fit_their_table_in_the_order_of_the_samples(
    model: LocalModel, tiny_samples: pd.DataFrame
) -> None:
    table = answer_samples(model, tiny_samples, batch_size=4)
    as_table(table, "responses")
    assert table["sample_id"].tolist() == tiny_samples["sample_id"].tolist()
    assert set(table["model"]) == {"tiny"}
    assert set(table["outcome"]) == {"answered"}
    for row, options in zip(table.itertuples(), tiny_samples["options"], strict=True):
        assert row.choice == int(np.argmax(row.option_scores))
        assert row.reply == options[row.choice]
    prompts = table.groupby(tiny_samples["question"].to_numpy())["prompt_sha256"].nunique()
    assert set(prompts) == {1}
    assert table["prompt_sha256"].nunique() == tiny_samples["question"].nunique()


def test_a_model_that_is_shown_the_options_gets_another_prompt(model: LocalModel, tiny_samples):
    question = questions_of(tiny_samples)[0]
    shown = LocalModel("shown", model.model, model.processor, show_options=True)
    assert all(option in shown.prompt(question) for option in question.options)
    assert not any(option in model.prompt(question) for option in question.options)


# --- what is broken ---------------------------------------------------------------------------


def sentence(problem: pytest.ExceptionInfo) -> str:
    """The message, if it is one line that ends as a sentence does."""
    text = str(problem.value)
    assert text.endswith(".")
    assert "\n" not in text
    return text


def test_a_missing_model_folder_is_a_problem(tiny_folder: Path, tmp_path: Path) -> None:
    for arguments in ({"folder": tmp_path / "no"}, {"folder": tiny_folder, "adapter": "no"}):
        with pytest.raises(Problem) as problem:
            load_model(**arguments)
        assert "There is no model folder" in sentence(problem)


@pytest.mark.parametrize("lost", ["everything", "config.json", "model.safetensors"])
def test_a_folder_without_a_whole_checkpoint_is_a_problem(
    tiny_folder: Path, tmp_path: Path, lost: str
) -> None:
    for path in tiny_folder.iterdir():
        if lost not in ("everything", path.name):
            (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(Problem) as problem:
        load_model(tmp_path)
    assert str(tmp_path) in sentence(problem)


def test_weights_that_are_cut_short_are_a_problem(tiny_folder: Path, tmp_path: Path) -> None:
    for path in tiny_folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    with pytest.raises(Problem) as problem:
        load_model(tmp_path)
    assert "does not hold a complete checkpoint" in sentence(problem)


@pytest.mark.parametrize("fault", ["missing", "cut short", "no image", "empty"])
def test_a_broken_image_fails_its_question_alone(
    model: LocalModel, tiny_samples: pd.DataFrame, tmp_path: Path, fault: str
) -> None:
    path, whole = tmp_path / "broken.png", Path(tiny_samples["image"].iloc[0]).read_bytes()
    contents = {"cut short": whole[: len(whole) // 2], "no image": b"nothing", "empty": b""}
    if fault in contents:
        path.write_bytes(contents[fault])
    samples = tiny_samples.assign(image=[*tiny_samples["image"].tolist()[1:], str(path)])
    answers = answer_samples(model, samples)
    assert answers["outcome"].tolist() == ["answered"] * (len(samples) - 1) + ["failed"]
    assert str(path) in answers["reply"].iloc[-1]


def test_an_option_the_model_has_no_word_for_is_a_problem(model: LocalModel, tiny_samples) -> None:
    samples = with_options(tiny_samples, [["star", "teapot"]] * len(tiny_samples))
    with pytest.raises(Problem) as problem:
        ask(model, samples)
    assert "no tokens for the option 'teapot'" in sentence(problem)


def test_an_unknown_strategy_is_a_problem(model: LocalModel, tiny_samples: pd.DataFrame) -> None:
    with pytest.raises(Problem, match="no prompt strategy 'directly'"):
        answer_samples(model, tiny_samples, strategy="directly")


def test_images_are_opened_as_rgb(tmp_path: Path) -> None:
    for mode in ("L", "RGBA", "P"):
        Image.new(mode, (5, 4)).save(tmp_path / "image.png")
        image = open_image(tmp_path / "image.png")
        assert (image.mode, image.size) == ("RGB", (5, 4))
