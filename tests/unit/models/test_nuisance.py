"""A projection off the differences of minimal pairs."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from spuriverse.models import NuisanceProjection, fit_projection, load_model
from spuriverse.problems import Problem

laws = settings(deadline=None, derandomize=True, max_examples=25)


def made(seed: int, rank: int, strength: float = 1.0) -> NuisanceProjection:
    numbers = torch.Generator().manual_seed(seed)
    directions = torch.linalg.qr(torch.randn(24, rank, generator=numbers))[0].T
    return NuisanceProjection(directions, torch.randn(24, generator=numbers), strength)


@laws
@given(st.integers(0, 999), st.integers(0, 6))
def test_projecting_twice_is_projecting_once(seed: int, rank: int) -> None:
    image = torch.randn(6, 4, generator=torch.Generator().manual_seed(seed + 1))
    project = made(seed, rank)
    once = project(image)
    assert torch.allclose(project(once), once, atol=1e-5)


@laws
@given(st.integers(0, 999), st.floats(0, 2))
def test_the_component_moves_to_the_centre_by_the_strength_and_the_rest_stays(seed, strength):
    image = torch.randn(6, 4, generator=torch.Generator().manual_seed(seed + 1))
    project = made(seed, 3, strength)
    moved = project(image).reshape(-1) - project.centre
    before = image.reshape(-1) - project.centre
    along = project.directions @ before
    assert torch.allclose(project.directions @ moved, (1 - strength) * along, atol=1e-5)
    rest = before - along @ project.directions
    assert torch.allclose(
        moved - (project.directions @ moved) @ project.directions, rest, atol=1e-5
    )


@pytest.mark.parametrize("project", [made(0, 0), made(0, 3, strength=0.0)])
def test_rank_0_and_strength_0_give_the_image_itself(project: NuisanceProjection) -> None:
    image = torch.randn(6, 4)
    assert project(image) is image


def test_an_image_of_another_number_of_tokens_stays_as_it_is() -> None:
    image = torch.randn(7, 4)
    assert made(0, 3)(image) is image


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], list[Path]]:
    """Six pictures of noise, and the same with a white bar."""
    folder, rng = tmp_path_factory.mktemp("pairs"), np.random.default_rng(0)
    paths: tuple[list[Path], list[Path]] = ([], [])
    for number in range(6):
        pixels = rng.integers(0, 255, (64, 64, 3), dtype=np.uint8)
        barred = pixels.copy()
        barred[:, 4 + number : 12 + number] = 255
        for group, picture in zip(paths, (barred, pixels), strict=True):
            path = folder / f"{number}-{len(group)}-{picture is barred}.png"
            Image.fromarray(picture).save(path)
            group.append(path)
    return paths


def test_the_directions_are_orthonormal_and_hold_the_differences(tiny_folder: Path, pairs) -> None:
    from spuriverse.models.nuisance import _both_features

    model = load_model(tiny_folder)
    project = fit_projection(model, *pairs, rank=6)
    assert torch.allclose(project.directions @ project.directions.T, torch.eye(6), atol=1e-4)
    for shown, bare in _both_features(model, *pairs):
        assert torch.allclose(project(shown), project(bare), atol=1e-3)


def test_a_broken_picture_takes_its_pair_alone(tiny_folder: Path, pairs, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"no picture")
    model, (shown, bare) = load_model(tiny_folder), pairs
    with_broken = fit_projection(model, [*shown, tmp_path / "broken.png"], [*bare, bare[0]], rank=2)
    without = fit_projection(model, shown, bare, rank=2)
    assert torch.allclose(with_broken.centre, without.centre, atol=1e-5)


def test_more_directions_than_pairs_are_refused(tiny_folder: Path, pairs) -> None:
    with pytest.raises(Problem, match="lower rank"):
        fit_projection(load_model(tiny_folder), *pairs, rank=7)
