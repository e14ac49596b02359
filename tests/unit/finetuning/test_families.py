"""Fine-tuning of tiny models of the open families: one path, and what it touches in each."""

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
    Hyperparameters,
    Mixture,
    attached_adapter,
    finetune_adapter,
)
from spuriverse.finetuning.adapters import attach_adapter
from spuriverse.finetuning.targets import find_targets
from spuriverse.models import LocalModel, answer_samples, load_model

SIZES = [(32, 32), (40, 90), (70, 33), (64, 64), (20, 50), (33, 31)]
LINEARS = {
    "llava": (14, 6),
    "llava_next": (14, 6),
    "mllama": (21, 18),
    "qwen2_5_vl": (14, 10),
    "internvl": (14, 12),
    "idefics3": (14, 12),
    "gemma3": (14, 12),
    "smolvlm": (14, 12),
}
"""Linear modules in the layers of the language and the vision tower; LLaVA's takes the features of
the last layer but one, so that the last one stays as it is."""


def _load_builders() -> Any:
    """The builders lie beside the tests of the models, in no package."""
    path = Path(__file__).parents[1] / "models" / "families.py"
    spec = spec_from_file_location("families", path)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BUILDERS = _load_builders()


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Six questions of several lengths, images of six sizes."""
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    rows = []
    for number, size in enumerate(SIZES):
        pixels = rng.integers(0, 255, (*size, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
        rows.append(
            {
                "sample_id": f"s-{number}",
                "image": str(folder / f"{number}.png"),
                "question": "What colour is the thing?" + " Look again." * (number % 3),
                "options": ["red", "dark blue", "moon"],
                "answer": number % 3,
            }
        )
    return pd.DataFrame(rows)


@pytest.fixture(scope="module", params=list(LINEARS))
def base(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LocalModel:
    folder = BUILDERS.save_family(request.param, tmp_path_factory.mktemp(request.param))
    return load_model(folder, name=request.param, show_options=True)


def mean_loss(model: Any, batch: dict[str, Any]) -> torch.Tensor:
    labels = batch["labels"][:, 1:]
    inputs = {key: value for key, value in batch.items() if key != "labels"}
    logits = model(**inputs).logits[:, :-1].log_softmax(-1)
    counted = labels >= 0
    chosen = logits.gather(2, labels.clamp(min=0)[..., None])[..., 0]
    return -(chosen * counted).sum() / counted.sum()


def test_every_adapted_matrix_receives_a_gradient_and_nothing_else_does(
    base: LocalModel, samples: pd.DataFrame
) -> None:
    batch = Encoder(base).collate(samples)
    targets = find_targets(base.model, "both")
    assert (
        tuple(len(find_targets(base.model, t).modules) for t in ("language", "vision"))
        == (LINEARS[base.name])
    )
    model = attach_adapter(base.model, targets, rank=2, alpha=2, dropout=0.0)
    for name, parameter in model.named_parameters():
        if "lora_B" in name:  # begins at nought, which would hide the gradient of A
            torch.nn.init.normal_(parameter, std=0.1)
    mean_loss(model, batch).backward()
    touched = {
        name.removeprefix("base_model.model.")
        for name, parameter in model.named_parameters()
        if parameter.grad is not None and parameter.grad.abs().max() > 0
    }
    model.unload()
    expected = {f"{m}.lora_{x}.default.weight" for m in targets.modules for x in "AB"}
    assert touched == expected


def test_a_batch_has_the_loss_of_its_samples(base: LocalModel, samples: pd.DataFrame) -> None:
    """Putting encoded samples together is what the processor would do with all of them."""
    encoder = Encoder(base)
    with torch.no_grad():
        alone = [mean_loss(base.model, encoder.collate(samples.iloc[[i]])) for i in range(6)]
        counted = [(encoder.collate(samples.iloc[[i]])["labels"] >= 0).sum() for i in range(6)]
        together = mean_loss(base.model, encoder.collate(samples))
    expected = sum(a * n for a, n in zip(alone, counted, strict=True)) / sum(counted)
    assert together.item() == pytest.approx(expected.item(), abs=1e-4)


def test_only_the_answer_and_its_end_count(base: LocalModel, samples: pd.DataFrame) -> None:
    batch = Encoder(base, answering="generate").collate(samples)
    tokenizer = base.processor.tokenizer
    for row, answer in enumerate("ABCABC"):
        counted = batch["labels"][row][batch["labels"][row] >= 0]
        assert tokenizer.decode(counted, skip_special_tokens=True).strip() == answer
        assert tokenizer.decode(counted).strip() != answer, "the end is learnt as well"


def test_a_run_changes_the_adapted_modules_alone(
    base: LocalModel, samples: pd.DataFrame, tmp_path: Path
) -> None:
    before = {name: value.clone() for name, value in base.model.state_dict().items()}
    hyper = Hyperparameters(rank=2, alpha=2, learning_rate=1e-2, batch_size=2, epochs=1)
    mixture = Mixture(samples.iloc[:4], samples.iloc[4:])
    record = finetune_adapter(base, mixture, hyper, seed=0, folder=tmp_path)
    after = base.model.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    saved = load_file(tmp_path / "adapter_model.safetensors")
    assert len(saved) == 2 * len(record.modules)
    assert record.trained == sum(value.numel() for value in saved.values())
    assert all(value.abs().max() > 0 for name, value in saved.items() if "lora_B" in name)
    plain = answer_samples(base, samples)
    with attached_adapter(base, tmp_path) as tuned:
        changed = answer_samples(tuned, samples)
    first, second = (np.array(t["option_scores"].tolist()) for t in (plain, changed))
    assert abs(first - second).max() > 1e-4
