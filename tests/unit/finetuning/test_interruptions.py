"""A run that is killed, that diverges, or that is asked for the impossible."""

import dataclasses
import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from spuriverse.finetuning import (
    Encoder,
    Hyperparameters,
    LossHook,
    Mixture,
    attached_adapter,
    finetune_adapter,
)
from spuriverse.models import answer_samples, load_model
from spuriverse.problems import Problem

HYPER = Hyperparameters(
    rank=4, alpha=8, dropout=0.1, learning_rate=5e-3, warmup_steps=0, batch_size=4, epochs=4
)

KILLED = """
import json, os, signal, sys
from pathlib import Path
import pandas as pd
from spuriverse.finetuning import Hyperparameters, LossHook, Mixture, finetune_adapter
from spuriverse.models import load_model

class Plain(LossHook):
    steps = 0
    def describe(self):
        return "plain"
    def compute_loss(self, model, inputs, plain_loss):
        self.steps += 1
        if self.steps == 6:
            os.kill(os.getpid(), signal.SIGKILL)
        return plain_loss

model, table, folder, hyper = sys.argv[1:]
samples = pd.read_parquet(table)
samples["options"] = samples["options"].map(list)
folder = Path(folder)
finetune_adapter(
    load_model(model), Mixture(samples.iloc[:8], samples.iloc[8:]),
    Hyperparameters(**json.loads(hyper)), seed=0,
    folder=folder, hook=Plain(), checkpoints=folder / "checkpoints",
)
"""


class Plain(LossHook):
    """The same loss, and a count of the steps that were made."""

    def __init__(self) -> None:
        self.steps = 0

    def describe(self):
        return "plain"

    def compute_loss(self, model, inputs, plain_loss):
        self.steps += 1
        return plain_loss


def mixture_of(samples: pd.DataFrame) -> Mixture:
    return Mixture(samples.iloc[:8], samples.iloc[8:])


def scores_with(model, folder: Path, samples: pd.DataFrame) -> np.ndarray:
    with attached_adapter(model, folder) as tuned:
        table = answer_samples(tuned, samples)
    return np.array(table["option_scores"].tolist())


@pytest.mark.slow
def test_a_run_killed_half_way_ends_as_an_unbroken_one(
    tiny_folder: Path, tiny_samples: pd.DataFrame, tmp_path: Path
) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    whole.mkdir()
    broken.mkdir()
    tiny_samples.to_parquet(tmp_path / "samples.parquet")
    arguments = [
        str(tiny_folder),
        str(tmp_path / "samples.parquet"),
        str(broken),
        json.dumps(dataclasses.asdict(HYPER)),
    ]
    killed = subprocess.run([sys.executable, "-c", KILLED, *arguments], capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()[-2000:]
    model, mixture = load_model(tiny_folder), mixture_of(tiny_samples)
    rest, every = Plain(), Plain()
    resumed = finetune_adapter(
        *(model, mixture, HYPER),
        seed=0,
        folder=broken,
        hook=rest,
        checkpoints=broken / "checkpoints",
    )
    unbroken = finetune_adapter(model, mixture, HYPER, seed=0, folder=whole, hook=every)
    assert (rest.steps, every.steps) == (4, 8), "two of four epochs were kept"
    assert resumed.steps == unbroken.steps
    assert resumed.best_epoch == unbroken.best_epoch
    assert resumed.validation_loss == pytest.approx(unbroken.validation_loss, rel=1e-6)
    np.testing.assert_allclose(
        scores_with(model, broken, tiny_samples),
        scores_with(model, whole, tiny_samples),
        atol=1e-5,
    )
    assert not (broken / "checkpoints").exists()


def test_a_loss_that_diverges_stops_the_run_and_leaves_the_last_good_checkpoint(
    tiny_folder: Path, tiny_samples: pd.DataFrame, tmp_path: Path
) -> None:
    class Diverging(Plain):
        def compute_loss(self, model, inputs, plain_loss):
            super().compute_loss(model, inputs, plain_loss)
            return plain_loss * (float("inf") if self.steps == 5 else 1)

    kept = tmp_path / "checkpoints"
    model = load_model(tiny_folder)
    with pytest.raises(
        Problem,
        match=r"The training loss is inf after step 4 of 8 \(epoch 2\); the last good checkpoint is"
        rf" {kept}/checkpoint-4\. Lower finetuning\.learning_rate",
    ):
        finetune_adapter(
            *(model, mixture_of(tiny_samples), HYPER),
            seed=0,
            folder=tmp_path,
            hook=Diverging(),
            checkpoints=kept,
        )
    assert not (tmp_path / "adapter_model.safetensors").exists()
    scores = scores_with(model, kept / "checkpoint-4", tiny_samples)
    assert np.isfinite(scores).all()


def test_checkpoints_of_other_settings_are_not_taken_up(
    tiny_folder: Path, tiny_samples: pd.DataFrame, tmp_path: Path
) -> None:
    class Stop(Plain):
        def describe(self):
            return f"stop {self.stop}"

        def compute_loss(self, model, inputs, plain_loss):
            super().compute_loss(model, inputs, plain_loss)
            return plain_loss * (float("nan") if self.stop and self.steps == 3 else 1)

    model, mixture = load_model(tiny_folder), mixture_of(tiny_samples)
    kept = tmp_path / "checkpoints"
    settings = {"seed": 0, "folder": tmp_path, "checkpoints": kept}
    first, other_loss = Stop(), Stop()
    first.stop, other_loss.stop = True, False
    with pytest.raises(Problem):
        finetune_adapter(model, mixture, HYPER, hook=first, **settings)
    assert (kept / "checkpoint-2").is_dir()
    finetune_adapter(model, mixture, HYPER, hook=other_loss, **settings)
    assert other_loss.steps == 8


# --- what cannot be done ----------------------------------------------------------------------


def test_an_adapter_of_another_base_model_is_a_problem(
    tiny_folder: Path, tiny_samples: pd.DataFrame, tmp_path: Path
) -> None:
    finetune_adapter(
        load_model(tiny_folder, name="one"),
        mixture_of(tiny_samples),
        dataclasses.replace(HYPER, epochs=1),
        seed=0,
        folder=tmp_path,
    )
    other = load_model(tiny_folder, name="other")
    with torch.no_grad():
        other.model.lm_head.weight.add_(0.01)
    words = "was trained on the model one, which this is not"
    with pytest.raises(Problem, match=words), attached_adapter(other, tmp_path):
        pass
    folder = shutil.copytree(tiny_folder, tmp_path / "other")
    other.model.save_pretrained(folder)
    with pytest.raises(Problem, match=words):
        load_model(folder, adapter=tmp_path)


def test_an_adapter_that_does_not_fit_is_a_problem(
    tiny_folder: Path, tiny_samples: pd.DataFrame, tmp_path: Path
) -> None:
    """One that was not made here has no note of its base model."""
    from spuriverse.world import Architecture
    from spuriverse.world.zoo import build_model, build_processor

    architecture = Architecture(width=96, vision_layers=1, language_layers=1)
    processor = build_processor(architecture)
    wide = tmp_path / "wide"
    build_model(architecture, len(processor.tokenizer), seed=0).save_pretrained(wide)
    processor.save_pretrained(wide)
    folder = tmp_path / "adapter"
    folder.mkdir()
    hyper = dataclasses.replace(HYPER, epochs=1)
    finetune_adapter(
        load_model(tiny_folder), mixture_of(tiny_samples), hyper, seed=0, folder=folder
    )
    (folder / "base_model.json").unlink()
    with pytest.raises(Problem, match="does not fit this base model"):
        load_model(wide, adapter=folder)


def test_an_over_long_sample_is_named(tiny_folder: Path, tiny_samples: pd.DataFrame) -> None:
    model = load_model(tiny_folder)
    limit = model.model.config.get_text_config().max_position_embeddings
    long = tiny_samples.assign(
        question=tiny_samples["question"].where(
            tiny_samples["sample_id"] != "s-3", "what " * limit + "?"
        )
    )
    with pytest.raises(Problem, match=rf"The sample s-3 is \d+ tokens long and .* at most {limit}"):
        Encoder(model).collate(long)


def test_a_paged_optimiser_without_a_gpu_is_a_problem(
    tiny_folder: Path, tiny_samples: pd.DataFrame, tmp_path: Path
) -> None:
    hyper = dataclasses.replace(HYPER, optimiser="paged_adamw_8bit")
    with pytest.raises(Problem, match="paged_adamw_8bit, which needs a CUDA GPU"):
        finetune_adapter(
            load_model(tiny_folder, device="cpu"),
            mixture_of(tiny_samples),
            hyper,
            seed=0,
            folder=tmp_path,
        )


def test_accumulated_and_checkpointed_steps_are_those_of_a_large_batch(
    tiny_folder: Path, tiny_samples: pd.DataFrame, tmp_path: Path
) -> None:
    scores = []
    for name, changes in (
        ("large", {}),
        ("small", {"batch_size": 2, "accumulation": 2, "gradient_checkpointing": True}),
    ):
        folder = tmp_path / name
        folder.mkdir()
        model = load_model(tiny_folder)
        hyper = dataclasses.replace(HYPER, dropout=0.0, epochs=1, **changes)
        record = finetune_adapter(model, mixture_of(tiny_samples), hyper, seed=0, folder=folder)
        assert record.steps == 2
        scores.append(scores_with(model, folder, tiny_samples))
    np.testing.assert_allclose(scores[0], scores[1], atol=2e-3)
