"""Fine-tuned models by the second paper's means."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spuriverse.models import ModelSpec, fingerprint_model, load_model, write_base_model
from spuriverse.open_questions import compare_with_base, measure_adapters
from spuriverse.spubench.explain import choose_samples, measure_cgla, open_explained
from spuriverse.world import Words, add_words, missing_words


@pytest.fixture(scope="module")
def words(tiny_folder: Path, asked, tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch

    model = load_model(str(tiny_folder))
    texts = [*asked.attributes["core"], *asked.attributes["spurious"], "The image shows : ."]
    names = missing_words(model.processor, texts)
    vectors = torch.randn(len(names), 64, generator=torch.Generator().manual_seed(0))
    path = tmp_path_factory.mktemp("words") / "words.safetensors"
    Words(names, vectors).save(path)
    return path


@pytest.fixture(scope="module")
def adapter(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter that changes something."""
    import torch
    from peft import LoraConfig, get_peft_model

    base = load_model(str(tiny_folder))
    folder = tmp_path_factory.mktemp("adapter")
    write_base_model(folder, base.name, fingerprint_model(base.model))
    tuned = get_peft_model(base.model, LoraConfig(r=2, target_modules=["q_proj", "v_proj"]))
    with torch.no_grad():
        for name, parameter in tuned.named_parameters():
            if "lora_B" in name:
                parameter.fill_(0.5)
    tuned.save_pretrained(folder)
    return folder


def test_an_adapter_is_measured_on_the_base_model_with_its_words(
    tiny_folder: Path, asked, words: Path, adapter: Path
) -> None:
    spec = ModelSpec("tiny", str(tiny_folder), show_options=False)
    runs = pd.DataFrame({"run_id": ["tuned"], "adapter": [str(adapter)]})
    likelihoods, maps = measure_adapters(
        spec,
        runs,
        asked.samples,
        asked.attributes,
        words,
        mapped=4,
        cells=2,
        batch_size=12,
        seed=0,
        threads=1,
    )
    assert set(likelihoods["model"]) == set(maps["model"]) == {"tuned"}
    assert len(likelihoods) == len(asked.samples)
    assert maps["sample_id"].nunique() == 4
    base = open_explained(spec, threads=1)
    add_words(base.model, base.processor, Words.load(words))
    before = measure_cgla(base, choose_samples(asked.samples, asked.attributes), 12)
    assert not np.allclose(before["label_core"], likelihoods["label_core"])


def test_changes_are_told_by_what_was_trained_on() -> None:
    ids = [f"q-{i}" for i in range(40)]
    attributes = pd.DataFrame(
        {"sample_id": ids, "spurious": [f"a-{i % 10}" for i in range(40)]}
    ).assign(spurious_types=[["shape"]] * 40, shown=[f"border:b{i % 10}" for i in range(40)])
    seen = np.arange(40) % 10 < 5
    parts = {"base": np.zeros(40, bool), "run-0": seen, "run-1": seen}
    likelihoods = pd.concat(
        pd.DataFrame({"sample_id": ids, "model": model, "label_core": right.astype(float)}).assign(
            label_spurious=0.0, outcome=np.where(right, "right", "fooled")
        )
        for model, right in parts.items()
    )
    maps = pd.concat(
        pd.DataFrame(
            {"sample_id": ids, "model": model, "share_spurious": 0.2 + 0.1 * (number > 0)}
        ).assign(condition="plain", method="grad_cam", effect_spurious=1.0)
        for number, model in enumerate(parts)
    )
    runs = pd.DataFrame({"run_id": ["run-0", "run-1"], "seed": [0, 1], "proportion": 1.0})
    trained = {seed: {f"border:b{i}" for i in range(5)} for seed in (0, 1)}
    table = compare_with_base(likelihoods, maps, runs, attributes, trained, base_model="base")
    rows = table.set_index(["condition", "measure"])["value"]
    where = "share 1 – change"
    assert rows[where, "accuracy – attributes trained on"] == 1
    assert rows[where, "accuracy – attributes not trained on"] == 0
    assert rows[where, "accuracy"] == rows[where, "CGLA"] == -rows[where, "fooled"] == 0.5
    assert rows[where, "share of the Grad-CAM map on the cue"] == pytest.approx(0.1)
    assert rows[where, "effect of covering the cue"] == 0
