"""Zero-shot scores are those of the checkpoint, for CLIP and SigLIP alike."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from spuriverse.problems import Problem
from spuriverse.spubench import load_classifier
from spuriverse.world import ClipRecipe, Optics, Statistics, train_zoo_clip
from spuriverse.world.zoo import build_tokenizer

CLASSES = ["star", "ring", "moon"]


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clip")
    recipe = ClipRecipe(images=16, steps=2, batch_size=8, width=64, layers=1)
    made = train_zoo_clip(seed=0, recipe=recipe, statistics=Statistics(), optics=Optics())
    made.model.save_pretrained(folder)
    made.processor.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def siglip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch
    import transformers as t

    folder = tmp_path_factory.mktemp("siglip")
    tokenizer = build_tokenizer(["a photo of a picture", *CLASSES], padding_side="right")
    tokenizer.model_max_length = 12
    both = {"hidden_size": 32, "intermediate_size": 64, "num_attention_heads": 2}
    text = {"vocab_size": len(tokenizer), "max_position_embeddings": 12, "projection_size": 32}
    torch.manual_seed(0)
    model = t.SiglipModel(
        t.SiglipConfig(
            text_config={**both, **text, "num_hidden_layers": 1},
            vision_config={**both, "num_hidden_layers": 1, "image_size": 64, "patch_size": 16},
        )
    )
    model.save_pretrained(folder)
    image_processor = t.SiglipImageProcessor(size={"height": 64, "width": 64})
    t.SiglipProcessor(image_processor, tokenizer).save_pretrained(folder)
    return folder


@pytest.fixture
def images() -> list[Image.Image]:
    rng = np.random.default_rng(0)
    return [Image.fromarray(rng.integers(0, 255, (64, 64, 3), dtype=np.uint8)) for _ in range(3)]


def plain_embeddings(folder: Path, images: list[Image.Image], prompts: list[str], **text: Any):
    """Normalised embeddings of images and prompts from the model's own forward pass."""
    import torch
    from transformers import AutoModel, AutoProcessor

    model = AutoModel.from_pretrained(folder).eval()
    processor = AutoProcessor.from_pretrained(folder)
    inputs = processor(images=images, text=prompts, return_tensors="pt", **text)
    inputs.pop("token_type_ids", None)
    with torch.inference_mode():
        output = model(**inputs)
    return output.image_embeds.numpy(), output.text_embeds.numpy()


@pytest.mark.parametrize(
    ("family", "text"),
    [
        ("clip_folder", {"padding": True}),
        ("siglip_folder", {"padding": "max_length", "max_length": 12}),
    ],
)
def test_the_scores_are_the_checkpoint_s_own(family, text, images, request) -> None:
    folder = request.getfixturevalue(family)
    scores = load_classifier(folder, CLASSES, ["a photo of a {}"]).scores(images)
    prompts = [f"a photo of a {name}" for name in CLASSES]
    seen, said = plain_embeddings(folder, images, prompts, **text)
    assert np.allclose(scores, seen @ said.T, atol=1e-5)
    assert np.ptp(scores) > 1e-3


def test_an_ensemble_is_the_normalised_mean_of_its_prompts(clip_folder: Path, images) -> None:
    templates = ["a {}", "there is a {}"]
    scores = load_classifier(clip_folder, CLASSES, templates).scores(images)
    prompts = [template.replace("{}", name) for name in CLASSES for template in templates]
    seen, said = plain_embeddings(clip_folder, images, prompts, padding=True)
    mean = said.reshape(len(CLASSES), len(templates), -1).mean(axis=1)
    mean /= np.linalg.norm(mean, axis=1, keepdims=True)
    assert np.allclose(scores, seen @ mean.T, atol=1e-5)
    alone = load_classifier(clip_folder, CLASSES, templates[:1]).scores(images)
    assert not np.allclose(scores, alone, atol=1e-4)


@pytest.mark.parametrize("name", ["\u2003", "\u200b", "unheard"])
def test_a_label_that_the_tokenizer_splits_into_nothing_is_named(clip_folder, name) -> None:
    with pytest.raises(Problem, match="has no token for the class name"):
        load_classifier(clip_folder, [*CLASSES, name], ["a {}"])


def test_a_prompt_without_a_place_for_the_name_is_refused(clip_folder: Path) -> None:
    with pytest.raises(Problem, match=r"'a photo' of spubench\.templates must hold"):
        load_classifier(clip_folder, CLASSES, ["a photo"])


def test_another_family_and_a_missing_checkpoint_are_refused(tiny_folder: Path) -> None:
    with pytest.raises(Problem, match="does not compare images with texts"):
        load_classifier(tiny_folder, CLASSES, ["a {}"])
    with pytest.raises(Problem, match="neither a folder nor available"):
        load_classifier("nobody/nothing", CLASSES, ["a {}"])
