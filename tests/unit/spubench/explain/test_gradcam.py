"""Grad-CAM on the vision encoder is what the formula says, patch by patch."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from spuriverse.models import LocalModel
from spuriverse.problems import Problem
from spuriverse.spubench.explain import grad_cam
from spuriverse.spubench.explain.asked import Asked
from spuriverse.spubench.explain.towers import find_tower

ANSWERS = ["red", "a yellow ring on the left", "moon"]
FAMILIES = ["llava", "qwen2_vl", "qwen2_5_vl"]


def plain_cam(model: LocalModel, image: Image.Image, prompt: str, answer: str) -> np.ndarray:
    """One image: mean gradient of every channel, weighted sum of the channels, what is positive."""
    asked = Asked(model, [image], [prompt], [answer])
    tower = find_tower(model.name, model.model, asked.inputs)
    kept: list[torch.Tensor] = []
    handle = tower.layer.register_forward_hook(lambda module, args, output: kept.append(output))
    score = asked.log_likelihood()[0]
    handle.remove()
    (gradient,) = torch.autograd.grad(score, kept[0])
    weights = tower.to_grid(gradient)[0].mean((1, 2))
    heat = (weights[:, None, None] * tower.to_grid(kept[0])[0]).sum(0).clamp(min=0)
    heat = heat - heat.min()
    return (heat / (heat.max() + 1e-7)).detach().numpy()


@pytest.mark.parametrize("family", FAMILIES)
def test_maps_of_a_batch_are_those_of_the_formula(
    family: str, open_family: Callable[[str], LocalModel], pictures: list[Image.Image]
) -> None:
    model = open_family(family)
    prompts = [model.wrap(f"What is this{' and that' * n}?") for n in range(3)]
    maps = grad_cam(model, pictures, prompts, ANSWERS)
    for heat, *one in zip(maps, pictures, prompts, ANSWERS, strict=True):
        np.testing.assert_allclose(heat, plain_cam(model, *one), atol=1e-3)
    assert maps.max() == pytest.approx(1, abs=1e-4)
    assert (maps >= 0).all()


def test_a_frozen_model_is_mapped_and_stays_frozen(
    open_family: Callable[[str], LocalModel], pictures: list[Image.Image]
) -> None:
    model = open_family("llava")
    prompts = [model.wrap("What is this?")] * 3
    before = grad_cam(model, pictures, prompts, ANSWERS)
    model.model.requires_grad_(False)
    try:
        frozen = grad_cam(model, pictures, prompts, ANSWERS)
        assert not any(p.requires_grad for p in model.model.parameters())
    finally:
        model.model.requires_grad_(True)
    np.testing.assert_allclose(before, frozen, atol=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_patches_lie_where_they_come_from(
    family: str, open_family: Callable[[str], LocalModel]
) -> None:
    """The mean colour of every patch, sent the way of the hidden states, is the small picture."""
    model = open_family(family)
    rng = np.random.default_rng(1)
    side = 8 * (4 if family == "llava" else 6)
    image = Image.fromarray(rng.integers(0, 255, (side, side, 3), dtype=np.uint8))
    inputs = model.encode([image], [model.wrap("What?")])
    tower = find_tower(model.name, model.model, inputs)
    pixels = inputs["pixel_values"]
    if family == "llava":
        means = torch.nn.functional.avg_pool2d(pixels, 8).flatten(2).transpose(1, 2)
        hidden = torch.cat([torch.full_like(means[:, :1], 9.0), means], 1)
    else:
        hidden = pixels.unflatten(1, (3, -1)).mean(-1)
        hidden = sort_by_window(model.model.base_model.visual, hidden, inputs["image_grid_thw"])
    grid = tower.to_grid(hidden)[0].permute(1, 2, 0).numpy()
    small = np.asarray(image, float).reshape(side // 8, 8, side // 8, 8, 3).mean((1, 3))
    assert grid.shape[:2] == (tower.rows, tower.columns) == small.shape[:2]
    for channel in range(3):
        relation = np.corrcoef(grid[..., channel].ravel(), small[..., channel].ravel())[0, 1]
        assert relation > 0.999


def sort_by_window(tower: Any, hidden: torch.Tensor, grids: torch.Tensor) -> torch.Tensor:
    """What Qwen2.5-VL does to its patches before the first block."""
    if not hasattr(tower, "permute_input_for_window_attn"):
        return hidden
    from transformers.vision_utils import get_vision_window_index

    settings = (tower.spatial_merge_size, tower.window_size, tower.patch_size)
    window, _ = get_vision_window_index(grids, *settings)
    assert window.tolist() != sorted(window.tolist())
    return tower.permute_input_for_window_attn(hidden, window, seq_len=len(hidden))


def test_an_unknown_family_is_named(
    open_family: Callable[[str], LocalModel], pictures: list[Image.Image]
) -> None:
    model = open_family("mllama")
    with pytest.raises(Problem, match=r"mllama.*only that of llava, qwen2_vl, qwen2_5_vl"):
        grad_cam(model, pictures, [model.wrap("What?")] * 3, ANSWERS)


@pytest.mark.parametrize("family", FAMILIES)
def test_images_of_several_grids_are_refused_where_they_cannot_be_laid_out(
    family: str, open_family: Callable[[str], LocalModel], pictures: list[Image.Image]
) -> None:
    model = open_family(family)
    images = [pictures[0], pictures[0].resize((48, 48))]
    if family == "llava":
        assert grad_cam(model, images, [model.wrap("What?")] * 2, ANSWERS[:2]).shape == (2, 4, 4)
        return
    with pytest.raises(Problem, match="one size"):
        grad_cam(model, images, [model.wrap("What?")] * 2, ANSWERS[:2])


def test_an_answer_without_tokens_is_named(
    open_family: Callable[[str], LocalModel], pictures: list[Image.Image]
) -> None:
    model = open_family("llava")
    with pytest.raises(Problem, match="no tokens for the option ' '"):
        grad_cam(model, pictures[:1], [model.wrap("What?")], [" "])
