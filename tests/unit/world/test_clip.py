"""The tiny CLIP learns, is an ordinary checkpoint, and depends on its seed alone; regions."""

from pathlib import Path

import numpy as np
import pytest

from spuriverse.world import (
    ClipRecipe,
    Optics,
    Scene,
    Statistics,
    attribute_region,
    object_region,
    render,
    train_zoo_clip,
    write_checkpoint,
)

RECIPE = ClipRecipe(images=64, steps=12, batch_size=32, warmup=2, width=64, layers=1)


@pytest.fixture(scope="module")
def trained():
    return train_zoo_clip(seed=0, recipe=RECIPE, statistics=Statistics(), optics=Optics())


def test_the_loss_falls(trained) -> None:
    assert len(trained.losses) == RECIPE.steps
    assert np.mean(trained.losses[-4:]) < np.mean(trained.losses[:4])


def test_it_loads_as_any_checkpoint(trained, tmp_path: Path) -> None:
    from transformers import AutoModel, AutoProcessor, CLIPModel

    folder = tmp_path / "clip"
    write_checkpoint(trained, folder)
    assert isinstance(AutoModel.from_pretrained(folder), CLIPModel)
    tokenizer = AutoProcessor.from_pretrained(folder).tokenizer
    ids = tokenizer("a photo of a star").input_ids
    assert (ids[0], ids[-1]) == (tokenizer.bos_token_id, tokenizer.eos_token_id)
    assert tokenizer.unk_token_id not in ids


def test_the_same_seed_gives_the_same_weights(trained) -> None:
    again = train_zoo_clip(seed=0, recipe=RECIPE, statistics=Statistics(), optics=Optics())
    assert again.losses == trained.losses


SCENE = Scene("star", "red", ("left",), ("border:teal-frame",), 5)


def test_the_region_of_an_attribute_is_what_it_changes() -> None:
    frame = attribute_region(SCENE, "border:teal-frame")
    assert frame[[0, -1]].all()
    assert frame[:, [0, -1]].all()
    assert not frame[8:-8, 8:-8].any()


def test_the_region_of_the_object_has_its_colour() -> None:
    inside = render(SCENE, Optics(noise=0))[object_region(SCENE)].astype(int)
    # Red is far above green on a red object.
    assert np.median(inside[:, 0] - inside[:, 1]) > 100
