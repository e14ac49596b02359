"""A fine-tuned model with remedies: what weight 0 and rank 0 are, and that a saved one opens."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from spuriverse.models import (
    LocalModel,
    NuisanceProjection,
    Remedies,
    RobustModel,
    answer_samples,
    fingerprint_model,
    load_model,
    load_robust_model,
    save_remedies,
    write_base_model,
)
from spuriverse.problems import Problem


@pytest.fixture(scope="module")
def adapter(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random adapter of the tiny model."""
    from peft import LoraConfig, get_peft_model

    folder = tmp_path_factory.mktemp("adapter")
    base = load_model(tiny_folder)
    fingerprint = fingerprint_model(base.model)
    torch.manual_seed(1)
    settings = LoraConfig(r=4, target_modules=["q_proj", "v_proj"], init_lora_weights=False)
    get_peft_model(base.model, settings).save_pretrained(folder)
    write_base_model(folder, base.name, fingerprint)
    return folder


@contextmanager
def tuned_model(tiny_folder: Path, adapter: Path) -> Iterator[LocalModel]:
    from spuriverse.models import load_adapter

    base = load_model(tiny_folder)
    load_adapter(base.model, adapter)
    base.model.eval()
    yield base


def scores(model: LocalModel, samples: pd.DataFrame) -> np.ndarray:
    return np.array(answer_samples(model, samples)["option_scores"].tolist())


@pytest.fixture(scope="module")
def known(tiny_folder: Path, adapter: Path, tiny_samples: pd.DataFrame) -> dict[str, np.ndarray]:
    base = scores(load_model(tiny_folder), tiny_samples)
    with tuned_model(tiny_folder, adapter) as tuned:
        return {"base": base, "tuned": scores(tuned, tiny_samples)}


def projection(rank: int) -> NuisanceProjection:
    size = 16 * 64
    directions = torch.linalg.qr(torch.randn(size, max(1, rank)))[0].T[:rank]
    return NuisanceProjection(directions.contiguous(), torch.zeros(size))


@pytest.mark.parametrize("remedies", [Remedies(), Remedies(0.0, projection(0))])
def test_weight_0_and_rank_0_are_the_tuned_model_to_the_bit(
    tiny_folder: Path, adapter: Path, tiny_samples: pd.DataFrame, known, remedies: Remedies
) -> None:
    with tuned_model(tiny_folder, adapter) as tuned:
        found = scores(RobustModel(tuned, remedies), tiny_samples)
    np.testing.assert_array_equal(found, known["tuned"])


@pytest.mark.parametrize("weight", [0.1, 0.5, 1.0])
def test_the_average_lies_between_tuned_and_base_model(
    tiny_folder: Path, adapter: Path, tiny_samples: pd.DataFrame, known, weight: float
) -> None:
    assert (known["base"] != known["tuned"]).any()
    with tuned_model(tiny_folder, adapter) as tuned:
        found = scores(RobustModel(tuned, Remedies(weight)), tiny_samples)
        # The adapter is on again afterwards.
        np.testing.assert_array_equal(scores(tuned, tiny_samples), known["tuned"])
    expected = weight * known["base"] + (1 - weight) * known["tuned"]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_the_projection_concerns_the_tuned_model_alone(
    tiny_folder: Path, adapter: Path, tiny_samples: pd.DataFrame, known
) -> None:
    with tuned_model(tiny_folder, adapter) as tuned:
        projected = scores(RobustModel(tuned, Remedies(0.0, projection(4))), tiny_samples)
        whole = scores(RobustModel(tuned, Remedies(1.0, projection(4))), tiny_samples)
    assert (projected != known["tuned"]).any()
    np.testing.assert_allclose(whole, known["base"], atol=1e-6)


def test_a_free_reply_is_refused_if_there_is_a_weight(
    tiny_folder: Path, adapter: Path, tiny_samples: pd.DataFrame
) -> None:
    with tuned_model(tiny_folder, adapter) as tuned, pytest.raises(Problem, match="base_weight"):
        answer_samples(RobustModel(tuned, Remedies(0.1)), tiny_samples, answering="generate")


def test_a_weight_beyond_1_is_refused(tiny_folder: Path) -> None:
    with pytest.raises(Problem, match="within 0 and 1"):
        RobustModel(load_model(tiny_folder), Remedies(1.5))


@pytest.fixture
def saved(tiny_folder: Path, adapter: Path) -> Path:
    remedies = Remedies(0.25, projection(3))
    save_remedies(adapter, remedies, checkpoint=tiny_folder, scale=0.5, ways={})
    return adapter


def test_a_saved_model_answers_as_the_one_that_was_saved(
    tiny_folder: Path, saved: Path, tiny_samples: pd.DataFrame
) -> None:
    from peft.tuners.lora import LoraLayer

    opened = load_robust_model(saved)
    with tuned_model(tiny_folder, saved) as tuned:
        for module in tuned.model.modules():
            if isinstance(module, LoraLayer):
                module.scale_layer(0.5)
        expected = scores(RobustModel(tuned, opened.remedies), tiny_samples)
    np.testing.assert_array_equal(scores(opened, tiny_samples), expected)
    first = tiny_samples.iloc[0]
    with Image.open(first["image"]) as picture:
        chosen = opened.choose(picture.convert("RGB"), first["question"], first["options"])
    assert chosen == first["options"][int(np.argmax(expected[0]))]


def test_a_base_model_that_moved_is_named(saved: Path, tiny_folder: Path, tmp_path: Path) -> None:
    assert load_robust_model(saved, base=tiny_folder).name == tiny_folder.name
    with pytest.raises(Problem, match="no model folder"):
        load_robust_model(saved, base=tmp_path / "gone")


@pytest.mark.parametrize("text", [None, "{", "[]", "{}"])
def test_a_folder_that_holds_none_is_named(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "robust.json").write_text(text)
    with pytest.raises(Problem, match="holds no robust model"):
        load_robust_model(tmp_path)


def test_a_broken_projection_is_named(saved: Path) -> None:
    (saved / "projection.safetensors").write_bytes(b"cut off")
    with pytest.raises(Problem, match=r"projection\.safetensors is missing or broken"):
        load_robust_model(saved)
