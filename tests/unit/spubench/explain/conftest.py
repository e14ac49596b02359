"""Tiny models of open families, and questions of the embedded world with masks of their own."""

from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from spuriverse.models import LocalModel, load_model
from spuriverse.world import (
    OBJECTS,
    Optics,
    Words,
    add_words,
    ask,
    attribute_region,
    compose_scene,
    missing_words,
    object_region,
    owners,
    render_files,
    split_attribute,
)

NUMBER = 8


def _builders() -> Any:
    """The module of the builders lies beside the tests of models, in no package."""
    path = Path(__file__).parents[2] / "models" / "families.py"
    spec = spec_from_file_location("families", path)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def open_family(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], LocalModel]:
    """Return a function that loads the tiny checkpoint of a family, with eager attention."""
    builders, known = _builders(), {}

    def open_once(family: str) -> LocalModel:
        if family not in known:
            folder = tmp_path_factory.mktemp("families") / family
            folder.mkdir()
            known[family] = load_model(builders.save_family(family, folder))
        known[family].model.set_attn_implementation("eager")
        return known[family]

    return open_once


@pytest.fixture(scope="session")
def pictures() -> list[Image.Image]:
    """Three images of noise, wider than high, of one size."""
    rng = np.random.default_rng(0)
    shape = (32, 64, 3)
    return [Image.fromarray(rng.integers(0, 255, shape, dtype=np.uint8)) for _ in range(3)]


@pytest.fixture(scope="session")
def questions(tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Eight questions on images with another object's attribute: samples and attributes.

    The first sample has no masks.
    """
    folder = tmp_path_factory.mktemp("questions")
    rng = np.random.default_rng(3)
    samples, attributes = [], []
    planted = [a for a in owners() if a.split(":")[0] in ("prop", "border", "scene")]
    for number in range(NUMBER):
        attribute = planted[int(rng.integers(len(planted)))]
        predicted = owners()[attribute]
        others = [name for name in OBJECTS if name != predicted]
        scene = compose_scene(rng, others[int(rng.integers(len(others)))], [attribute])
        question = ask(rng, scene, "object", [predicted])
        image = folder / f"{number}.png"
        render_files([scene], [image], Optics())
        masks = {"spurious": attribute_region(scene, attribute), "object": object_region(scene)}
        for name, mask in masks.items():
            Image.fromarray((mask * 255).astype(np.uint8)).save(folder / f"{number}-{name}.png")
        kind, value = split_attribute(attribute)
        key = f"spubench-{number}"
        samples.append(
            {
                "sample_id": key,
                "benchmark": "spubench",
                "image": str(image),
                "question": question.text,
                "options": list(question.options),
                "answer": question.answer,
                "category": "background",
                "attributes": [],
            }
        )
        attributes.append(
            {
                "sample_id": key,
                "label": scene.object,
                "predicted": predicted,
                "core": f"{scene.object}-like outline",
                "spurious": f"{value.replace('-', ' ')} {kind}",
                "spurious_types": ["background" if number % 2 else "shape"],
                "question_form": "object",
                "label_source": "class",
                **{
                    f"region_{name}": str(folder / f"{number}-{name}.png") if number else None
                    for name in masks
                },
            }
        )
    return pd.DataFrame(samples), pd.DataFrame(attributes)


@pytest.fixture
def reader(tiny_folder: Path, questions: tuple[pd.DataFrame, pd.DataFrame]) -> LocalModel:
    """The tiny model, which reads every word of the prompts (by vectors drawn at random)."""
    import torch

    from spuriverse.questions import render_condition

    model = load_model(tiny_folder)
    model.model.set_attn_implementation("eager")
    texts = [*questions[1]["core"], *questions[1]["spurious"]]
    names = missing_words(model.processor, (render_condition("?", text) for text in texts))
    vectors = torch.randn(len(names), 64, generator=torch.Generator().manual_seed(0))
    add_words(model.model, model.processor, Words(names, vectors))
    return model
