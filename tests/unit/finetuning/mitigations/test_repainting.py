"""Changed pictures reach models of every family as their own processor would give them."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from spuriverse.finetuning import Encoder
from spuriverse.finetuning.mitigations.methods.transplant import Transplant
from spuriverse.models import LocalModel, load_model


def _load_builders() -> Any:
    """The builders lie beside the tests of the models, in no package."""
    path = Path(__file__).parents[2] / "models" / "families.py"
    spec = spec_from_file_location("families", path)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BUILDERS = _load_builders()


@pytest.fixture(scope="module", params=["llava", "qwen2_5_vl", "idefics3"])
def base(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LocalModel:
    folder = BUILDERS.save_family(request.param, tmp_path_factory.mktemp(request.param))
    return load_model(folder, name=request.param, show_options=True)


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Photographs of several sizes, with twins from which a thing was pasted over."""
    folder, rng = tmp_path_factory.mktemp("pictures"), np.random.default_rng(0)
    rows = []
    for number, size in enumerate([(32, 32), (40, 90), (70, 33), (64, 64)]):
        pixels = rng.integers(0, 255, (*size, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}-core.png")
        pixels[4:16, 4:16] = 250
        Image.fromarray(pixels).save(folder / f"{number}.png")
        rows.append(
            {
                "sample_id": f"s-{number}",
                "image": str(folder / f"{number}.png"),
                "twin": str(folder / f"{number}-core.png"),
                "question": "What is this?",
                "options": ["red", "dark blue", "moon"],
                "answer": number % 3,
            }
        )
    return pd.DataFrame(rows)


def shown(base: LocalModel, samples: pd.DataFrame, amplitude: float, times: int) -> list[dict]:
    encoder = Encoder(base)
    hook = Transplant(samples, samples, amplitude=amplitude, seed=0)
    hook.prepare(base, encoder.collate)
    inputs = encoder.collate(samples)
    return [inputs, *(hook.change_inputs(inputs, hook.columns(samples)) for _ in range(times))]


def test_amplitude_0_shows_the_pictures_as_they_are_to_the_bit(base, samples) -> None:
    plain, *changed = shown(base, samples, 0.0, 3)
    for inputs in changed:
        assert inputs.keys() == plain.keys()
        assert all(torch.equal(inputs[key], plain[key]) for key in plain)


def test_differences_change_the_pixels_and_nothing_else(base, samples) -> None:
    plain, *changed = shown(base, samples, 1.0, 3)
    for inputs in changed:
        same = {key for key in plain if torch.equal(inputs[key], plain[key])}
        assert same == plain.keys() - {"pixel_values"}
        assert inputs["pixel_values"].shape == plain["pixel_values"].shape
    assert not torch.equal(changed[0]["pixel_values"], changed[1]["pixel_values"])
