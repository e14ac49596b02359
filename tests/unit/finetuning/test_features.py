"""Features of a frozen vision tower, computed once per image: the run is the same as without."""

import dataclasses
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from spuriverse.finetuning import (
    Encoder,
    FinetuningRecord,
    Hyperparameters,
    LossHook,
    Mixture,
    finetune_adapter,
)
from spuriverse.finetuning.features import FrozenFeatures
from spuriverse.models import LocalModel, load_model

HYPER = Hyperparameters(
    layers="language", rank=2, alpha=2, learning_rate=1e-2, warmup_steps=0, batch_size=2, epochs=3
)
FAMILIES = ("llava", "qwen2_5_vl", "idefics3", "mllama")
TOWERS = ("vision_tower", "visual", "vision_model")


def _load_builders() -> Any:
    path = Path(__file__).parents[1] / "models" / "families.py"
    spec = spec_from_file_location("families", path)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Six questions of several lengths about images of several sizes, two of them about one."""
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    rows = []
    for number, size in enumerate([(32, 32), (40, 90), (70, 33), (64, 64), (20, 50), (33, 31)]):
        pixels = rng.integers(0, 255, (*size, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
        rows.append(
            {
                "sample_id": f"s-{number}",
                "image": str(folder / f"{max(1, number)}.png"),
                "question": "What colour is the thing?" + " Look again." * (number % 3),
                "options": ["red", "dark blue", "moon"],
                "answer": number % 3,
            }
        )
    return pd.DataFrame(rows)


@pytest.fixture(scope="module", params=FAMILIES)
def base(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LocalModel:
    folder = _load_builders().save_family(request.param, tmp_path_factory.mktemp(request.param))
    return load_model(folder, name=request.param, show_options=True)


class Counter:
    """How many images a vision tower was given, and how often."""

    def __init__(self, model: LocalModel) -> None:
        base = model.model.base_model
        tower = next(getattr(base, name) for name in TOWERS if hasattr(base, name))
        self.passes = 0
        self._hook = tower.register_forward_hook(self._count)

    def _count(self, *_: Any) -> None:
        self.passes += 1

    def __enter__(self) -> "Counter":
        return self

    def __exit__(self, *_: object) -> None:
        self._hook.remove()


def train(
    base: LocalModel, samples: pd.DataFrame, folder: Path, hook: LossHook | None = None, **changes
) -> tuple[FinetuningRecord, dict[str, torch.Tensor], int]:
    """Return what a run records, the adapter's weights, and passes of the vision tower."""
    folder.mkdir()
    hyper = dataclasses.replace(HYPER, **changes)
    mixture = Mixture(samples.iloc[:4], samples.iloc[4:])
    with Counter(base) as counter:
        record = finetune_adapter(base, mixture, hyper, seed=0, folder=folder, hook=hook)
    return record, load_file(folder / "adapter_model.safetensors"), counter.passes


def test_a_run_on_features_is_the_run_on_pixels(
    base: LocalModel, samples: pd.DataFrame, tmp_path: Path
) -> None:
    plain, weights, passes = train(base, samples, tmp_path / "pixels", reuse_features=False)
    record, same, fewer = train(base, samples, tmp_path / "features", reuse_features=True)
    assert record.validation_loss == plain.validation_loss
    assert all(torch.equal(weights[name], same[name]) for name in weights)
    # Two batches of training and one of validation in each of three epochs; or five images, and one
    # of them once more, to see that features are all of it.
    assert (passes, fewer) == (9, 6)
    assert "features of the frozen vision tower computed once" in record.computed


@pytest.fixture(scope="module")
def llava(tmp_path_factory: pytest.TempPathFactory) -> LocalModel:
    return load_model(_load_builders().save_family("llava", tmp_path_factory.mktemp("llava")))


def test_a_tower_that_is_trained_or_a_loss_that_sees_pixels_keeps_the_pixels(
    llava: LocalModel, samples: pd.DataFrame, tmp_path: Path
) -> None:
    class SeesPixels(LossHook):
        def compute_loss(self, model: Any, inputs: dict[str, Any], plain_loss: Any) -> Any:
            assert "pixel_values" in inputs
            return plain_loss

    for number, (layers, hook) in enumerate([("both", None), ("language", SeesPixels())]):
        folder = tmp_path / str(number)
        record, _, passes = train(
            llava, samples, folder, hook, layers=layers, reuse_features=True, epochs=1
        )
        assert passes == 3
        assert "features" not in record.computed


def test_pixels_stay_where_features_are_not_all_that_a_model_takes(
    llava: LocalModel,
    samples: pd.DataFrame,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    encoder = Encoder(llava)
    chat, image = encoder.chats(samples)[0], samples["image"].iloc[0]
    encoded = encoder.encode("s-0", image, chat)
    assert encoder.features.serve("language", image, encoded)
    assert not encoder.features.serve("vision", image, encoded)
    place = "spuriverse.finetuning.features.compute_features"
    unfit: list[Any] = [None, [torch.zeros(16, 32)], [torch.zeros(3, 32)]]
    for found in unfit:
        monkeypatch.setattr(place, lambda *_, found=found: found)
        assert not FrozenFeatures(llava).serve("language", image, encoded)
    assert "Pixels stay in place (ValueError" in caplog.text


@pytest.mark.parametrize("on_disk", [True, False])
def test_what_does_not_fit_into_the_memory_goes_to_disk_or_is_computed_anew(
    llava: LocalModel, samples: pd.DataFrame, tmp_path: Path, on_disk: bool
) -> None:
    encoder = Encoder(llava)
    short = FrozenFeatures(llava, memory_bytes=0, folder=tmp_path if on_disk else None)
    encoded = encoder.encode("s-2", samples["image"].iloc[2], encoder.chats(samples)[2])
    known = encoder.features.of("one", encoded)
    with Counter(llava) as counter:
        found = [short.of("one", encoded) for _ in range(3)]
    assert counter.passes == (1 if on_disk else 3)
    for features in found:
        assert all(torch.equal(a, b) for a, b in zip(known, features, strict=True))
