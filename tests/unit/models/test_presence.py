"""How surely pictures show words, by contrastive models and by a detector."""

from pathlib import Path

import numpy as np
import pytest
from classifiers import SIDE, save_classifier
from PIL import Image

from spuriverse.models import load_word_presence
from spuriverse.problems import Problem

WORDS = ["a red star", "a daisy", "bus"]


def pictures() -> list[Image.Image]:
    return [Image.new("RGB", (40, 30), colour) for colour in ("red", "white", "navy")]


def save_owlv2(folder: Path) -> Path:
    import torch
    import transformers as t

    torch.manual_seed(0)
    clip = save_classifier("clip", folder.with_name("clip-of-owl"))
    tokenizer = t.AutoProcessor.from_pretrained(clip).tokenizer
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_attention_heads": 2}
    sizes |= {"num_hidden_layers": 1}
    config = t.Owlv2Config(
        text_config={**sizes, "vocab_size": len(tokenizer), "max_position_embeddings": 16},
        vision_config={**sizes, "image_size": SIDE, "patch_size": 8},
        projection_dim=32,
    )
    t.Owlv2ForObjectDetection(config).save_pretrained(folder)
    images = t.Owlv2ImageProcessor(size={"height": SIDE, "width": SIDE})
    t.Owlv2Processor(images, tokenizer).save_pretrained(folder)
    return folder


@pytest.mark.parametrize("family", ["clip", "siglip", "owlv2"])
def test_every_word_has_a_score_in_every_picture(family: str, tmp_path: Path) -> None:
    folder = tmp_path / family
    save = save_owlv2 if family == "owlv2" else lambda path: save_classifier(family, path)
    presence = load_word_presence(save(folder))
    assert presence.detects == (family == "owlv2")
    scores = presence(pictures(), WORDS)
    assert scores.shape == (3, 3) and np.isfinite(scores).all()
    one = presence(pictures()[1:2], WORDS[2:])
    np.testing.assert_allclose(one[0, 0], scores[1, 2], atol=1e-4)


def test_no_checkpoint_and_another_family_are_one_sentence_each(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="no model folder"):
        load_word_presence(tmp_path / "none")
    with pytest.raises(Problem, match="does not compare images with texts"):
        load_word_presence(save_classifier("vit", tmp_path / "vit"))
