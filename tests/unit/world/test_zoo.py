"""The tiny models: they are saved and loaded like any checkpoint, and a seed settles them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from spuriverse.models import LocalModel, answer_samples, load_model
from spuriverse.models.answering import questions_of
from spuriverse.world import QUESTION_KINDS, Optics, Statistics, write_checkpoint
from spuriverse.world.training import Companion, Recipe, Trained, packed_loss, train_zoo_model
from spuriverse.world.zoo import (
    BEGIN,
    IMAGE,
    Architecture,
    build_model,
    build_processor,
    split_words,
)

TINY = Architecture(width=64, vision_layers=1, language_layers=1)
RECIPE = Recipe(images=10, steps=3, batch_size=4, warmup=2)


def train(
    *,
    biased: bool = True,
    seed: int = 0,
    companion: Companion | None = None,
    list_options: bool = False,
) -> Trained:
    return train_zoo_model(
        biased=biased,
        seed=seed,
        recipe=RECIPE,
        architecture=TINY,
        statistics=Statistics(),
        optics=Optics(),
        companion=companion,
        list_options=list_options,
    )


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train()


def weights(trained: Trained) -> torch.Tensor:
    return torch.nn.utils.parameters_to_vector(trained.model.parameters()).detach()


# --- processor --------------------------------------------------------------------------------


def test_every_option_of_the_world_is_one_known_token() -> None:
    tokenizer = build_processor(TINY).tokenizer
    for _, pool in QUESTION_KINDS.values():
        for option in pool:
            ids = tokenizer(f" {option}", add_special_tokens=False).input_ids
            assert len(ids) == 1
            assert ids[0] != tokenizer.unk_token_id


def test_further_texts_enter_the_vocabulary() -> None:
    text = "Is there a Teal-ish rectangle?"
    known = build_processor(TINY, [text]).tokenizer
    ids = known(text, add_special_tokens=False).input_ids
    assert known.unk_token_id not in ids
    assert known.convert_ids_to_tokens(ids) == split_words(text)
    unknown = build_processor(TINY).tokenizer
    assert unknown.unk_token_id in unknown(text, add_special_tokens=False).input_ids


def test_the_prompt_is_the_image_and_the_question(tiny_folder: Path) -> None:
    model = load_model(tiny_folder)
    question = questions_of(
        pd.DataFrame([{"question": "Where is the dot?", "options": ["left", "top"], "answer": 0}])
    )[0]
    image = Image.new("RGB", (64, 64))
    inputs = model.processor(images=[image], text=[model.prompt(question)], return_tensors="pt")
    ids = inputs["input_ids"][0].tolist()
    assert ids[: 1 + TINY.image_tokens] == [BEGIN, *[IMAGE] * TINY.image_tokens]
    words = model.processor.tokenizer.convert_ids_to_tokens(ids[1 + TINY.image_tokens :])
    assert words == ["where", "is", "the", "dot", "?", "answer", ":"]


# --- weights ----------------------------------------------------------------------------------


def test_the_seed_settles_the_initial_weights() -> None:
    def first(seed: int) -> torch.Tensor:
        parameters = build_model(TINY, 50, seed).parameters()
        return torch.nn.utils.parameters_to_vector(parameters).detach()

    assert torch.equal(first(3), first(3))
    assert not torch.equal(first(3), first(4))


def test_a_saved_model_gives_the_same_scores(
    trained: Trained, tiny_samples: pd.DataFrame, tmp_path: Path
) -> None:
    write_checkpoint(trained, tmp_path / "checkpoint")
    before = LocalModel("tiny", trained.model, trained.processor)
    after = load_model(tmp_path / "checkpoint", name="tiny")
    scores = [
        answer_samples(model, tiny_samples)["option_scores"].tolist() for model in (before, after)
    ]
    np.testing.assert_allclose(scores[0], scores[1], atol=1e-6)
    assert np.ptp(scores[0]) > 0.01


# --- training ---------------------------------------------------------------------------------


def test_the_seed_settles_the_training(trained: Trained) -> None:
    again = train()
    assert len(trained.losses) == RECIPE.steps
    assert trained.losses == again.losses
    assert torch.equal(weights(trained), weights(again))


@pytest.mark.parametrize("change", [{"seed": 1}, {"biased": False}], ids=["seed", "world"])
def test_another_seed_or_world_gives_another_model(trained: Trained, change: dict) -> None:
    other = train(**change)
    assert other.losses != trained.losses
    assert not torch.equal(weights(trained), weights(other))


def test_training_lowers_the_loss() -> None:
    longer = train_zoo_model(
        biased=True,
        seed=0,
        recipe=Recipe(images=8, steps=25, batch_size=8, warmup=3, learning_rate=5e-3),
        architecture=TINY,
        statistics=Statistics(),
        optics=Optics(),
    )
    assert np.mean(longer.losses[-3:]) < 0.6 * longer.losses[0]


def test_a_companion_is_learnt_beside_the_world(trained: Trained) -> None:
    images = np.zeros((3, 64, 64, 3), np.uint8)
    images[:, 20:30, 20:40] = 255
    companion = Companion(
        images=images,
        questions=[[("Is it a brick?", "yes"), ("Which thing is it?", "brick")]] * 3,
        batch_size=2,
        questions_per_image=1,
        weight=1.0,
    )
    both = train(companion=companion)
    assert np.isfinite(both.losses).all()
    vocabulary = both.processor.tokenizer.get_vocab()
    assert {"brick", "which", "yes"} <= set(vocabulary)
    assert "brick" not in trained.processor.tokenizer.get_vocab()


def test_a_model_that_learnt_to_read_options_is_shown_them_from_then_on(
    trained: Trained, tiny_samples: pd.DataFrame, tmp_path: Path
) -> None:
    """Then strategies and the order of the options change its prompt, of known words alone."""
    write_checkpoint(train(list_options=True), tmp_path / "listed")
    write_checkpoint(trained, tmp_path / "plain")
    listed, plain = load_model(tmp_path / "listed"), load_model(tmp_path / "plain")
    question = questions_of(tiny_samples[:1])[0]
    assert question.options[0] not in plain.prompt(question)
    assert plain.prompt(question) == plain.prompt(question, "no_bias")
    prompts = listed.prompts([question]) + [listed.prompt(question, s) for s in listed.strategies]
    for prompt in prompts:
        assert all(option in prompt for option in question.options)
        ids = listed.processor.tokenizer(prompt, add_special_tokens=False).input_ids
        assert listed.processor.tokenizer.unk_token_id not in ids
    turned = tiny_samples.assign(options=[o[::-1] for o in tiny_samples["options"]])
    one, other = (answer_samples(listed, s)["option_scores"] for s in (tiny_samples, turned))
    moved = [
        abs(a - b) for x, y in zip(one, other, strict=True) for a, b in zip(x, y[::-1], strict=True)
    ]
    assert max(moved) > 1e-6


@pytest.fixture
def packed(tiny_folder: Path, tiny_samples: pd.DataFrame):
    """A model as it is in training, images of the samples and their turns."""
    model = load_model(tiny_folder)
    model.model.set_attn_implementation("eager")
    tokenizer = model.processor.tokenizer

    def encode(text: str) -> list[int]:
        return tokenizer(text, add_special_tokens=False).input_ids

    questions = questions_of(tiny_samples)
    images = np.stack([np.asarray(Image.open(path)) for path in tiny_samples["image"]])
    turns = [(encode(f"{q.text} answer :"), encode(q.correct)) for q in questions]
    return model, images, turns


def test_a_packed_question_never_sees_another(packed) -> None:
    model, images, turns = packed
    with torch.no_grad():
        alone = [
            float(packed_loss(model.model, images[:1], [[turn]], TINY.image_tokens))
            for turn in turns[:3]
        ]
        together = float(packed_loss(model.model, images[:1], [turns[:3]], TINY.image_tokens))
    assert np.ptp(alone) > 0.05
    assert together == pytest.approx(np.mean(alone), abs=0.02)


def test_training_and_asking_see_the_same_prompt(packed, tiny_samples: pd.DataFrame) -> None:
    """The loss of an answer is the negative likelihood with which it is scored as an option."""
    model, images, turns = packed
    responses = answer_samples(model, tiny_samples)
    scored = [
        -scores[answer]
        for scores, answer in zip(responses["option_scores"], tiny_samples["answer"], strict=True)
    ]
    with torch.no_grad():
        losses = [
            float(packed_loss(model.model, images[i : i + 1], [[turn]], TINY.image_tokens))
            for i, turn in enumerate(turns)
        ]
    assert np.ptp(scored) > 0.1
    np.testing.assert_allclose(losses, scored, atol=0.05)
