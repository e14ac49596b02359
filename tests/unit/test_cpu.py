"""Numbers on a CPU: float32 without autocast, and pinned instructions."""

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from spuriverse.cpu import PINNED, describe_processor, number_format, pin_kernels
from spuriverse.models import answer_samples, load_model
from spuriverse.world import (
    Architecture,
    ClipRecipe,
    Optics,
    Recipe,
    Statistics,
    train_zoo_clip,
    train_zoo_model,
)

PACKAGE = Path(__file__).parents[2] / "src"
CPUINFO = Path("/proc/cpuinfo")


@pytest.fixture
def no_autocast(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    def refuse(self: object) -> None:
        raise AssertionError("a CPU must not enter autocast")

    monkeypatch.setattr(torch.autocast, "__enter__", refuse)


def test_training_and_answering_do_not_enter_autocast(
    no_autocast: None, tiny_folder: Path, tiny_samples: pd.DataFrame
) -> None:
    world = {"statistics": Statistics(), "optics": Optics()}
    recipe = Recipe(images=8, steps=2, batch_size=4)
    trained = train_zoo_model(
        biased=True, seed=0, recipe=recipe, architecture=Architecture(64, 1, 1), **world
    )
    assert str(trained.model.dtype) == "torch.float32"
    clip = ClipRecipe(images=8, steps=2, batch_size=4, width=64, layers=1)
    assert str(train_zoo_clip(seed=0, recipe=clip, **world).model.dtype) == "torch.float32"
    answer_samples(load_model(tiny_folder), tiny_samples)


@pytest.mark.skipif(not CPUINFO.is_file(), reason="there is no /proc/cpuinfo here")
def test_a_processor_is_described_by_what_the_kernel_says_of_it() -> None:
    described = describe_processor()
    assert described.isprintable() and described == describe_processor()
    lines = CPUINFO.read_text(encoding="utf-8").splitlines()
    said = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    assert all(described.startswith(name) for name in said)


def test_no_source_names_autocast() -> None:
    naming = [p for p in PACKAGE.rglob("*.py") if "autocast" in p.read_text(encoding="utf-8")]
    assert naming == []


def test_a_gpu_without_bfloat16_gets_float16(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr("torch.cuda.is_bf16_supported", lambda emulated: False)
    assert number_format("bfloat16", on_gpu=True) == torch.float16
    assert number_format("float32", on_gpu=True) == torch.float32
    monkeypatch.setattr("torch.cuda.is_bf16_supported", lambda emulated: True)
    assert number_format("bfloat16", on_gpu=True) == torch.bfloat16
    assert number_format("auto", on_gpu=True) == "auto"


def test_pinned_libraries_use_no_wider_instructions(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PINNED:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    pin_kernels()
    code = "import torch; print(torch.backends.cpu.get_cpu_capability())"
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() in ("AVX2", "DEFAULT")
