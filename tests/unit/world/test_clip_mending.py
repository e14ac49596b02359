"""Mending a tiny CLIP: a weight of 0 is plain, and views are views of the same thing."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.world import (
    WAYS,
    ClipRecipe,
    MendingRecipe,
    Optics,
    Scene,
    Statistics,
    mend_clip,
    render,
    train_zoo_clip,
)
from spuriverse.world.clip import CAPTIONS
from spuriverse.world.clip_mending import (
    agreement_loss,
    augment_image,
    replace_pulling_cells,
    reword,
)

laws = settings(deadline=None, derandomize=True, max_examples=30)
RECIPE = MendingRecipe(images=24, steps=2, batch_size=8, warmup=1)


def fresh():
    recipe = ClipRecipe(images=16, steps=1, batch_size=8, warmup=1, width=64, layers=1)
    return train_zoo_clip(
        seed=0, recipe=recipe, statistics=Statistics(), optics=Optics(), poisoned=0.1
    )


def mended(way: str, weight: float) -> dict[str, torch.Tensor]:
    clip = fresh()
    recipe = MendingRecipe(**{**vars(RECIPE), "weight": weight})
    found = mend_clip(clip.model, clip.processor, way, seed=1, recipe=recipe, optics=Optics())
    assert len(found.losses) == RECIPE.steps
    return found.model.state_dict()


@pytest.fixture(scope="module")
def plain() -> dict[str, torch.Tensor]:
    return mended("plain", 1.0)


@pytest.mark.parametrize("way", sorted(WAYS.keys() - {"plain"}))
def test_a_weight_of_0_is_plain_to_the_bit_and_another_is_not(way: str, plain) -> None:
    without, with_it = mended(way, 0.0), mended(way, 1.0)
    assert all(torch.equal(without[name], plain[name]) for name in plain)
    assert any(not torch.equal(with_it[name], plain[name]) for name in plain)


def test_views_that_are_the_same_agree_more_than_views_of_other_things() -> None:
    rows = torch.nn.functional.normalize(
        torch.randn(6, 8, generator=torch.Generator().manual_seed(0))
    )
    assert agreement_loss(rows, rows) < agreement_loss(rows, rows.roll(1, 0))


@laws
@given(st.sampled_from(CAPTIONS), st.sampled_from(["cup", "red star"]), st.integers(0, 9))
def test_a_reworded_caption_has_the_same_words_in_another_template(
    template: str, inside: str, seed: int
) -> None:
    told = reword(template.format(inside), np.random.default_rng(seed))
    assert told != template.format(inside)
    assert told in {other.format(inside) for other in CAPTIONS}


@laws
@given(st.integers(0, 99))
def test_a_view_has_the_size_of_its_image(seed: int) -> None:
    pixels = render(Scene("cup", "red", ("left",), (), seed), Optics())
    view = augment_image(pixels, np.random.default_rng(seed))
    assert (view.shape, view.dtype) == (pixels.shape, pixels.dtype)
    assert (view != pixels).any()


def test_at_most_three_cells_come_from_other_images() -> None:
    clip = fresh()
    scenes = [Scene("cup", "red", ("left",), (), number) for number in range(5)]
    images = np.stack([render(scene, Optics()) for scene in scenes])
    changed = replace_pulling_cells(clip.model, clip.processor, images, ["cup"] * 5, seed=0)
    cells = (changed != images).any(-1).reshape(5, 4, 16, 4, 16).any((2, 4))
    assert (cells.sum((1, 2)) <= 3).all()
