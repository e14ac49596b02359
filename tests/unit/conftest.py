"""A tiny untrained model on disk and a few questions about rendered images, made once."""

import os
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from pytest_httpserver import HTTPServer

from spuriverse.world import (
    Optics,
    Statistics,
    ask,
    render_files,
    sample_training_scene,
)

os.environ.setdefault("HF_HUB_OFFLINE", "1")


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint folder: width 64, one layer per tower, the world's vocabulary."""
    from spuriverse.world.zoo import Architecture, build_model, build_processor

    architecture = Architecture(width=64, vision_layers=1, language_layers=1)
    processor = build_processor(architecture)
    folder = tmp_path_factory.mktemp("models") / "tiny"
    build_model(architecture, len(processor.tokenizer), seed=0).save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_samples(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Eleven questions of every sort, one image each."""
    folder = tmp_path_factory.mktemp("images")
    rng = np.random.default_rng(0)
    rows = []
    for number in range(11):
        scene = sample_training_scene(rng, Statistics(), biased=True)
        question = ask(rng, scene, ("object", "colour", "count")[number % 3])
        path = folder / f"{number}.png"
        render_files([scene], [path], Optics())
        rows.append(
            {
                "sample_id": f"s-{number}",
                "image": str(path),
                "question": question.text,
                "options": list(question.options),
                "answer": question.answer,
            }
        )
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def loopback() -> Iterator[HTTPServer]:
    """An HTTP server on loopback, for the tests of a module; each of them clears it first."""
    with HTTPServer(host="127.0.0.1", threaded=True) as http:
        yield http


@pytest.fixture
def most_open(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Return a function that says how many decoded images were alive at once, at most, so far.

    Images count from the moment at which they are converted, the last step of opening one.
    """
    alive: list[weakref.ref[Image.Image]] = []
    counts = [0]
    convert = Image.Image.convert

    def counting(image: Image.Image, *args: Any, **kwargs: Any) -> Image.Image:
        converted = convert(image, *args, **kwargs)
        alive[:] = [*filter(lambda reference: reference() is not None, alive)]
        alive.append(weakref.ref(converted))
        counts.append(len(alive))
        return converted

    monkeypatch.setattr(Image.Image, "convert", counting)
    return lambda: max(counts)
