"""Models that tell classes apart answer like any other: scores, order, variants, failures."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from classifiers import save_classifier
from PIL import Image
from transformers import AutoModel, AutoModelForImageClassification, AutoProcessor

from contracts import as_table
from spuriverse.models import (
    Classes,
    ClassifyingModel,
    ModelSpec,
    Variant,
    answer_samples,
    answer_variants,
    ask_variants,
    open_classifying,
    plan_variants,
)
from spuriverse.problems import Problem

OPTIONS = ["a cat", "bus", "daisy", "wolf"]
CLASSES = ["tabby", "School Buses", "a daisy", "wolves"]
TEMPLATES = ["a photo of {}", "a picture of the {}"]
KINDS = ["clip", "siglip", "vit"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("classifiers")
    return {kind: save_classifier(kind, root / kind) for kind in KINDS}


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder, rng = tmp_path_factory.mktemp("images"), np.random.default_rng(0)
    paths = [folder / f"{number}.png" for number in range(6)]
    for number, path in enumerate(paths):
        pixels = rng.integers(0, 255, (40, 32 + 8 * (number % 3), 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
    return list(map(str, paths))


def spec(folders: dict[str, Path], kind: str, **changes: Any) -> ModelSpec:
    by = "classifier" if kind == "vit" else "zero_shot"
    classes = Classes(by, **{"templates": TEMPLATES, **changes})
    return ModelSpec(kind, str(folders[kind]), batch_size=4, classes=classes)


def load(folders: dict[str, Path], kind: str, **changes: Any) -> ClassifyingModel:
    return open_classifying(spec(folders, kind, **changes))


def table(images: list[str], options: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "sample_id": [f"s-{number}" for number in range(len(images))],
            "image": images,
            "question": "What is shown?",
            "options": [options[: 2 + number % 3] for number in range(len(images))],
            "answer": 0,
        }
    )


def options_of(kind: str) -> list[str]:
    return CLASSES if kind == "vit" else OPTIONS


def plain_scores(folder: Path, kind: str, path: str, options: list[str]) -> list[float]:
    """One image at a time, by the checkpoint's own forward pass."""
    image = Image.open(path).convert("RGB")
    processor = AutoProcessor.from_pretrained(folder)
    if kind == "vit":
        model = AutoModelForImageClassification.from_pretrained(folder).eval()
        with torch.inference_mode():
            logits = model(**processor(images=image, return_tensors="pt")).logits[0]
        places = [[0, 1, 2, 5][CLASSES.index(option)] for option in options]
        return logits.log_softmax(-1)[places].tolist()
    model = AutoModel.from_pretrained(folder).eval()
    prompts = [f"a photo of {option.removeprefix('a ')}" for option in options]
    length = {"padding": "max_length", "max_length": 12} if kind == "siglip" else {"padding": True}
    inputs = processor(images=image, text=prompts, return_tensors="pt", **length)
    inputs.pop("token_type_ids", None)
    with torch.inference_mode():
        return model(**inputs).logits_per_image[0].tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_scores_are_those_of_the_checkpoint(folders, images, kind) -> None:
    samples = table(images, options_of(kind))
    responses = answer_samples(load(folders, kind, templates=TEMPLATES[:1]), samples, batch_size=4)
    as_table(responses, "responses")
    assert set(responses["outcome"]) == {"answered"}
    for row, options, path in zip(responses.itertuples(), samples["options"], images, strict=True):
        plain = plain_scores(folders[kind], kind, path, options)
        np.testing.assert_allclose(row.option_scores, plain, atol=1e-4)
        assert np.ptp(row.option_scores) > 0.01
        assert row.choice == int(np.argmax(plain))
        assert row.reply == options[row.choice]


def test_a_blind_question_is_answered_from_grey(folders, images, tmp_path) -> None:
    samples = table(images[:3], CLASSES)
    variants = plan_variants(
        samples, strategies=["direct"], shuffles=0, blind=True, seed=0, grey=tmp_path
    )
    responses = ask_variants(spec(folders, "vit"), variants)
    blind = responses[responses["strategy"] == "direct+blind"]
    for row, options, path in zip(
        blind.itertuples(), samples["options"], variants[1].samples["image"], strict=True
    ):
        plain = plain_scores(folders["vit"], "vit", path, options)
        np.testing.assert_allclose(row.option_scores, plain, atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_the_order_of_the_options_does_not_matter(folders, images, kind) -> None:
    samples = table(images, options_of(kind))
    variants = plan_variants(
        samples, strategies=["direct"], shuffles=2, blind=False, seed=3, grey=Path()
    )
    responses = ask_variants(spec(folders, kind), variants)
    plain, *shuffled = (part for _, part in responses.groupby("strategy", sort=False))
    for other in shuffled:
        assert other["choice"].tolist() == plain["choice"].tolist()
        for left, right in zip(plain["option_scores"], other["option_scores"], strict=True):
            np.testing.assert_allclose(left, right, atol=1e-5)


def test_an_ensemble_of_one_prompt_is_that_prompt_and_of_two_their_mean(folders, images) -> None:
    def scores(templates: list[str]) -> np.ndarray:
        samples = table(images[:1], OPTIONS)
        answered = answer_samples(load(folders, "clip", templates=templates), samples)
        return np.array(answered["option_scores"].iloc[0])

    first, second, both = scores(TEMPLATES[:1]), scores(TEMPLATES[1:]), scores(TEMPLATES)
    np.testing.assert_allclose(scores([TEMPLATES[0]] * 3), first, atol=1e-4)
    assert not np.allclose(both, first, atol=1e-4)
    assert not np.allclose(first, second, atol=1e-4)
    np.testing.assert_allclose(scores(TEMPLATES[::-1]), both, atol=1e-4)


def test_several_classes_add_up(folders, images) -> None:
    def probabilities(named: dict[str, Any]) -> np.ndarray:
        model = load(folders, "vit", named=named)
        samples = table(images, ["crane", "daisy"])
        return np.exp(np.stack(answer_samples(model, samples)["option_scores"]))

    both, bird, machine = (probabilities(n) for n in ({}, {"crane": 3}, {"crane": 4}))
    np.testing.assert_allclose(both[:, 0], bird[:, 0] + machine[:, 0], rtol=1e-5)
    np.testing.assert_allclose(both[:, 1], bird[:, 1], rtol=1e-5)


# --- what cannot be asked ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_one_broken_image_fails_alone(folders, images, kind, tmp_path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"not an image")
    samples = table([*images[:2], str(broken), *images[2:]], options_of(kind))
    responses = answer_samples(load(folders, kind), samples, batch_size=4)
    assert responses["outcome"].tolist() == ["answered"] * 2 + ["failed"] + ["answered"] * 4
    assert "broken.png" in responses["reply"][2]


def test_a_missing_class_fails_its_question_by_name_before_any_image_is_opened(
    folders, images, caplog
) -> None:
    samples = table(images, CLASSES)
    samples["options"] = [["unicorn", "daisy"], *samples["options"][1:]]
    samples["image"] = ["nowhere.png", *images[1:]]
    twice = [Variant(samples), Variant(samples, label="direct+again")]
    both = answer_variants(load(folders, "vit"), twice, batch_size=4)
    as_table(both, "responses")
    responses = both[:6]
    assert responses["outcome"].tolist() == ["failed"] + ["answered"] * 5
    assert responses["reply"][0] == "[not asked: vit has no class for 'unicorn']"
    told = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert told == [
        "1 of 6 questions are not asked of vit, which has no class for 'unicorn', and do not count"
    ]


def test_where_no_question_can_be_asked_one_sentence_says_why(folders, images) -> None:
    samples = table(images, ["unicorn", "star", "red"]).assign(image="nowhere.png")
    with pytest.raises(Problem) as caught:
        answer_samples(load(folders, "vit"), samples)
    assert "None of the 6 questions can be asked of vit, which has no class for" in str(
        caught.value
    )
    assert all(word in str(caught.value) for word in ("'unicorn'", "'star'", "'red'"))


@pytest.mark.parametrize(
    ("kind", "options", "reason"),
    [
        ("vit", ["tabby", "tabby cats"], "cannot tell the options 'tabby' and 'tabby cats' apart"),
        ("clip", ["cat", "a cat"], "cannot tell the options 'cat' and 'a cat' apart"),
        ("clip", ["cat", "unheard"], "has no token for 'unheard'"),
        ("siglip", ["cat", "cat " * 20], "would read only the beginning of 'cat cat"),
    ],
)
def test_options_that_say_nothing_to_the_model_are_refused(
    folders, images, kind, options, reason
) -> None:
    samples = table(images[:2], options_of(kind))
    samples["options"] = [options, samples["options"][1]]
    responses = answer_samples(load(folders, kind), samples)
    assert responses["outcome"].tolist() == ["failed", "answered"]
    assert f"{kind} {reason}" in responses["reply"][0]
    with pytest.raises(Problem, match="None of the 1 questions can be asked"):
        answer_samples(load(folders, kind), samples.head(1))


def test_no_strategy_but_direct_is_taken(folders, images) -> None:
    with pytest.raises(Problem, match="cannot be asked by the strategy guiding"):
        answer_samples(load(folders, "clip"), table(images, OPTIONS), strategy="guiding")


def test_a_checkpoint_without_names_of_classes_needs_some(folders, images, tmp_path) -> None:
    model = AutoModelForImageClassification.from_pretrained(folders["vit"])
    model.config.id2label = {i: f"LABEL_{i}" for i in range(6)}
    model.save_pretrained(tmp_path)
    AutoProcessor.from_pretrained(folders["vit"]).save_pretrained(tmp_path)
    unnamed = {"vit": tmp_path}
    with pytest.raises(Problem, match="does not name its 6 classes"):
        load(unnamed, "vit")
    named = load(unnamed, "vit", named={"daisy": 2, "wolf": "label 5"})
    before = answer_samples(load(folders, "vit"), table(images[:1], ["daisy", "wolf"]))
    after = answer_samples(named, table(images[:1], ["daisy", "wolf"]))
    assert after["option_scores"].tolist() == before["option_scores"].tolist()


@pytest.mark.parametrize(("kind", "other"), [("clip", "vit"), ("vit", "clip")])
def test_another_kind_of_checkpoint_is_refused(folders, kind, other, tmp_path) -> None:
    with pytest.raises(Problem):
        load({kind: folders[other]}, kind)
    with pytest.raises(Problem, match=r"no model folder .*nowhere"):
        load({kind: tmp_path / "nowhere"}, kind)


# --- work that is not done twice --------------------------------------------------------------


def test_texts_and_images_are_encoded_once(folders, images, monkeypatch) -> None:
    model = load(folders, "clip")
    inner = model._model.model
    texts, seen = [], []
    embed_texts, embed_images = inner.get_text_features, inner.get_image_features

    def count_texts(**inputs: Any) -> Any:
        texts.append(len(inputs["input_ids"]))
        return embed_texts(**inputs)

    def count_images(**inputs: Any) -> Any:
        seen.append(len(inputs["pixel_values"]))
        return embed_images(**inputs)

    monkeypatch.setattr(inner, "get_text_features", count_texts)
    monkeypatch.setattr(inner, "get_image_features", count_images)
    samples = table(images, OPTIONS)
    both = [Variant(samples), Variant(samples, label="direct+again")]
    answered = answer_variants(model, both, batch_size=4)
    assert sum(texts) == len(OPTIONS) * len(TEMPLATES)
    assert sum(seen) == len(images)
    first, again = (part for _, part in answered.groupby("strategy", sort=False))
    assert first["option_scores"].tolist() == again["option_scores"].tolist()
