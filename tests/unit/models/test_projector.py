"""The place between vision tower and language model, found in tiny models of several families."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from spuriverse.models import (
    LocalModel,
    NuisanceProjection,
    changed_images,
    find_projector,
    fit_projection,
    load_model,
)
from spuriverse.problems import Problem
from spuriverse.questions import Question


def _load_builders() -> Any:
    """The module of the builders lies beside this one, in no package."""
    spec = spec_from_file_location("families", Path(__file__).with_name("families.py"))
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


save_family = _load_builders().save_family

PLACES = {
    "llava": "model.multi_modal_projector",
    "qwen2_5_vl": "model.visual.merger",
    "idefics3": "model.connector",
    "mllama": "model.multi_modal_projector",
    "gemma3": "model.multi_modal_projector",
}
QUESTION = Question("What colour is the thing?", ("red", "blue", "moon"), 0)


@pytest.fixture(scope="module", params=list(PLACES))
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LocalModel:
    folder = save_family(request.param, tmp_path_factory.mktemp(request.param))
    return load_model(folder, name=request.param, show_options=True)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], list[Path]]:
    """Five pairs of one size: noise with a bright corner, and without."""
    folder, rng = tmp_path_factory.mktemp("pictures"), np.random.default_rng(0)
    shown, bare = [], []
    for number in range(5):
        pixels = rng.integers(0, 255, (48, 48, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}-core.png")
        pixels[: 10 + number, : 10 + number] = 250
        Image.fromarray(pixels).save(folder / f"{number}-spurious.png")
        shown.append(folder / f"{number}-spurious.png")
        bare.append(folder / f"{number}-core.png")
    return shown, bare


def scores(model: LocalModel, paths: list[Path]) -> np.ndarray:
    images = [Image.open(path).convert("RGB") for path in paths]
    questions = [QUESTION] * len(images)
    return np.array(model.option_likelihood(images, questions, model.prompts(questions)))


def test_the_place_is_found_in_the_module_tree(model: LocalModel) -> None:
    assert find_projector(model.model) == PLACES[model.name]


def test_at_full_rank_a_picture_is_answered_as_its_twin(model: LocalModel, pictures) -> None:
    shown, bare = pictures
    parts = []
    with changed_images(model.model, lambda image: parts.append(image) or image):
        scores(model, shown)
    # Idefics and Mllama split a picture into tiles, of which each counts.
    project = fit_projection(model, shown, bare, rank=len(parts))
    apart = np.abs(scores(model, shown) - scores(model, bare)).max()
    with changed_images(model.model, project):
        left = np.abs(scores(model, shown) - scores(model, bare)).max()
    assert apart > 1e-3
    assert left < 0.01 * apart + 1e-4


def test_no_change_gives_the_same_answers_to_the_bit_and_leaves_nothing_behind(
    model: LocalModel, pictures
) -> None:
    before = scores(model, pictures[0])
    with changed_images(model.model, lambda image: image):
        np.testing.assert_array_equal(scores(model, pictures[0]), before)
    with changed_images(model.model, torch.zeros_like):
        assert (scores(model, pictures[0]) != before).any()
    np.testing.assert_array_equal(scores(model, pictures[0]), before)


def test_every_picture_is_changed_by_itself(tmp_path: Path) -> None:
    """Qwen reads pictures of any size in one row; each part is one picture."""
    folder = save_family("qwen2_5_vl", tmp_path / "model")
    model = load_model(folder, show_options=True)
    sizes: list[int] = []

    def look(image: torch.Tensor) -> torch.Tensor:
        sizes.append(len(image))
        return image

    paths = []
    for number, size in enumerate([(32, 32), (64, 32), (32, 64)]):
        Image.new("RGB", size, (9, 99, 199)).save(tmp_path / f"{number}.png")
        paths.append(tmp_path / f"{number}.png")
    with changed_images(model.model, look):
        scores(model, paths)
    assert sizes == [4, 8, 8]


def test_a_picture_of_another_size_than_the_pairs_is_left_alone(tmp_path: Path, pictures) -> None:
    folder = save_family("qwen2_5_vl", tmp_path / "model")
    model = load_model(folder, show_options=True)
    project: NuisanceProjection = fit_projection(model, *pictures, rank=2)
    Image.new("RGB", (64, 32), (9, 99, 199)).save(tmp_path / "other.png")
    before = scores(model, [tmp_path / "other.png"])
    with changed_images(model.model, project):
        np.testing.assert_array_equal(scores(model, [tmp_path / "other.png"]), before)


def test_a_model_without_such_a_place_is_refused() -> None:
    with pytest.raises(Problem, match="no single module between"):
        find_projector(torch.nn.Sequential(torch.nn.Linear(2, 2)))
