"""Probes that look into a model: nothing where it makes nothing of what they look at."""

from collections.abc import Sequence
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from spuriverse.evaluation import PROBES, Material, probe_row
from spuriverse.evaluation.attention_heads import find_heads, without_head
from spuriverse.evaluation.telling_apart import image_embedder, separation
from spuriverse.models import LocalModel, answer_samples, load_model

laws = settings(deadline=None, derandomize=True, max_examples=20)
FAMILIES = ["llava", "qwen2_5_vl", "idefics3"]


def load_builders() -> ModuleType:
    """What builds tiny checkpoints of the open families."""
    path = Path(__file__).parents[1] / "models" / "families.py"
    spec = spec_from_file_location("families_of_probes", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    """Twelve ordinary and twelve spurious questions; the spurious images have a white corner."""
    folder, rng, rows = tmp_path_factory.mktemp("inside"), np.random.default_rng(0), []
    for number in range(24):
        spurious = number % 2 == 1
        pixels = rng.integers(60, 180, (32, 32, 3), dtype=np.uint8)
        if spurious:
            pixels[:12, :12] = 255
        path = folder / f"{number}.png"
        Image.fromarray(pixels).save(path)
        shared = {"sample_id": f"s{number}", "cluster": f"c{number}", "image": str(path)}
        rows.append(
            {
                **shared,
                "subset": "spurious" if spurious else "ordinary",
                "attribute": f"a{number % 8}" if spurious else "",
                "cue": "blue" if spurious else None,
            }
        )
    samples = pd.DataFrame(rows).assign(
        question="What colour is the thing?", options=[["red", "blue", "moon"]] * 24, answer=0
    )
    return Material(samples, folder, seed=0)


def measured(name: str, material: Material, model: LocalModel | None = None) -> pd.DataFrame:
    def ask(samples: pd.DataFrame) -> pd.DataFrame:
        assert model is not None
        return answer_samples(model, samples)

    found = PROBES[name].measure(ask, replace(material, model=model))
    return pd.DataFrame([probe_row(row) for row in found])


def test_an_encoder_that_makes_the_same_of_all_images_gives_0(material: Material) -> None:
    seen = replace(material, embed=lambda images: np.ones((len(images), 5)))
    row = measured("severity", seen).squeeze()
    assert (row["value"], row["low"], row["high"]) == (0, 0, 0)


def test_an_encoder_that_sees_the_corner_tells_every_image(material: Material) -> None:
    def corner(images: Sequence[Image.Image]) -> np.ndarray:
        return np.stack([np.asarray(image)[:8, :8].mean((0, 1)) for image in images])

    row = measured("severity", replace(material, embed=corner)).squeeze()
    assert row["condition"] == "spurious images"
    assert row["value"] == 1


@pytest.mark.parametrize("family", FAMILIES)
def test_the_models_own_embedding_is_read_in_every_family(
    family: str, material: Material, tmp_path: Path
) -> None:
    model = load_model(load_builders().save_family(family, tmp_path))
    embed = image_embedder(model)
    images = [Image.open(path) for path in material.samples["image"][:3]]
    together, alone = embed(images), np.stack([embed([image])[0] for image in images])
    np.testing.assert_array_equal(together, alone)
    assert len(np.unique(together.round(6), axis=0)) == 3
    row = measured("severity", replace(material, embed=embed)).squeeze()
    assert row["condition"] == "spurious images"
    assert -1 <= row["low"] <= row["value"] <= row["high"] <= 1


def test_a_model_that_cannot_be_looked_into_gives_no_rows(material: Material) -> None:
    assert measured("severity", material).empty
    assert measured("heads", material).empty
    assert measured("objects_destroyed", material).empty


@laws
@given(st.integers(0, 10_000))
def test_what_has_nothing_to_do_with_the_sets_tells_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    found = separation(rng.normal(size=(80, 3)), np.arange(80) % 2 == 0, np.arange(80), seed=seed)
    assert found is not None
    assert 0.2 < found.value < 0.8


@pytest.mark.parametrize("family", FAMILIES)
def test_a_head_that_adds_nothing_matters_to_nothing(
    family: str, material: Material, tmp_path: Path
) -> None:
    model = load_model(load_builders().save_family(family, tmp_path))
    heads = find_heads(model.model)
    assert len(heads) == 4
    idle = heads[1]
    with torch.no_grad():
        projection = model.model.get_submodule(idle.module)
        projection.weight[:, idle.start : idle.start + idle.width] = 0
    before = answer_samples(model, material.samples)["option_scores"].tolist()
    rows = measured("heads", material, model)
    after = answer_samples(model, material.samples)["option_scores"].tolist()
    np.testing.assert_array_equal(np.array(before), np.array(after))
    mine = rows[rows["condition"].str.contains(f"head {idle}", regex=False)]
    assert mine["condition"].str.startswith("4: ").all(), "the least important comes last"
    assert (mine["difference"].dropna() == 0).all()
    deviations = rows[rows["measure"].str.startswith("deviation")].set_index("condition")["value"]
    assert deviations[f"4: head {idle}, deviation"] == pytest.approx(0, abs=1e-6)
    assert deviations.iloc[0] > 1e-4
    assert (np.diff(deviations) <= 0).all()
    overall = rows.set_index("condition")
    assert -1 <= overall.loc["heads, salience and deviation", "value"] <= 1


def test_a_removed_head_changes_the_answers_as_long_as_it_is_removed(
    material: Material, tmp_path: Path
) -> None:
    model = load_model(load_builders().save_family("llava", tmp_path))
    first = np.array(answer_samples(model, material.samples)["option_scores"].tolist())
    with without_head(model.model, find_heads(model.model)[0]):
        changed = np.array(answer_samples(model, material.samples)["option_scores"].tolist())
    again = np.array(answer_samples(model, material.samples)["option_scores"].tolist())
    assert abs(first - changed).max() > 1e-4
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize(
    ("family", "same"), [("llava", True), ("qwen2_5_vl", False), ("idefics3", False)]
)
def test_a_model_that_is_as_sure_without_the_object_has_an_area_of_a_half(
    family: str, same: bool, material: Material, tmp_path: Path
) -> None:
    """Of two models one answers by the sample and the other doubts what was jumbled."""
    model = load_model(load_builders().save_family(family, tmp_path))
    whole = {path: np.asarray(Image.open(path)).tobytes() for path in material.samples["image"]}

    def ask(samples: pd.DataFrame) -> pd.DataFrame:
        jumbled = [
            np.asarray(Image.open(path)).tobytes() not in whole.values()
            for path in samples["image"]
        ]
        known = {"sample_id": samples["sample_id"].to_numpy(), "model": "m", "choice": 0}
        scores = [[0.0, -0.1 if doubt and not same else -5.0, -5.0] for doubt in jumbled]
        return pd.DataFrame(known).assign(outcome="answered", option_scores=scores)

    own = material.samples.assign(options=[["red", "blue", "green"]] * len(material.samples))
    shown = replace(material, samples=own, model=model)
    rows = [probe_row(found) for found in PROBES["objects_destroyed"].measure(ask, shown)]
    area, accuracy = rows
    assert area["value"] == (0.5 if same else 1.0)
    assert accuracy["difference"] == 0
