"""Vision towers: patches as rows and columns, whatever the family."""

from pathlib import Path

import numpy as np
import pytest
from classifiers import SIDE, save_classifier
from PIL import Image

from spuriverse.models import load_vision_tower
from spuriverse.problems import Problem

GRID = SIDE // 8


def pictures() -> list[Image.Image]:
    """One plain, and one that differs in its lower right corner; their sizes differ, too."""
    plain = Image.new("RGB", (48, 96), (40, 90, 160))
    marked = plain.copy()
    marked.paste((250, 20, 20), (36, 72, 48, 96))
    return [plain, marked.resize((96, 96))]


def save_dinov2(folder: Path, registers: int = 0) -> Path:
    import torch
    import transformers as t

    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_attention_heads": 2, "num_hidden_layers": 2}
    sizes |= {"image_size": SIDE, "patch_size": 8}
    if registers:
        config = t.Dinov2WithRegistersConfig(**sizes, num_register_tokens=registers)
        model = t.Dinov2WithRegistersModel(config)
    else:
        model = t.Dinov2Model(t.Dinov2Config(**sizes))
    model.save_pretrained(folder)
    square = {"height": SIDE, "width": SIDE}
    t.BitImageProcessor(size={"shortest_edge": SIDE}, crop_size=square).save_pretrained(folder)
    return folder


def save_resnet(folder: Path) -> Path:
    import torch
    import transformers as t

    torch.manual_seed(0)
    sizes = {"embedding_size": 8, "hidden_sizes": [8, 16], "depths": [1, 1]}
    t.ResNetForImageClassification(t.ResNetConfig(**sizes, num_labels=3)).save_pretrained(folder)
    t.ViTImageProcessor(size={"height": 64, "width": 64}).save_pretrained(folder)
    return folder


@pytest.mark.parametrize("family", ["clip", "siglip", "vit", "dinov2", "registers", "resnet"])
def test_patches_stand_at_their_places(family: str, tmp_path: Path) -> None:
    folder = tmp_path / family
    if family in ("dinov2", "registers"):
        save_dinov2(folder, 4 if family == "registers" else 0)
    elif family == "resnet":
        save_resnet(folder)
    else:
        save_classifier(family, folder)
    views = load_vision_tower(folder)(pictures())
    for view in views:
        n, rows, columns, _ = view.shape
        assert n == 2 and rows == columns
        assert view.dtype == np.float32 and np.isfinite(view).all()
    if family != "resnet":
        assert views[0].shape[1] == GRID
    # A convolution sees little else than its patch; attention mixes them.
    differs = np.abs(views[-1][0] - views[-1][1]).sum(axis=-1)
    if family == "resnet":
        assert differs[-1, -1] > 10 * differs[0, 0]
    else:
        assert differs[-1, -1] == differs.max()


def test_a_folder_without_a_checkpoint_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="no model folder"):
        load_vision_tower(tmp_path / "none")
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(Problem, match="does not hold a complete checkpoint"):
        load_vision_tower(tmp_path)


def test_a_tiny_model_gives_its_patches(tiny_folder: Path) -> None:
    from spuriverse.models import embed_patches, load_model

    squares = [picture.resize((64, 64)) for picture in pictures()]
    views = embed_patches(load_model(tiny_folder), squares)
    assert {view.shape[:3] for view in views} == {(2, 4, 4)}
