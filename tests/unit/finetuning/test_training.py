"""One fine-tuning run of a tiny model: what it changes, records, saves and refuses."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from spuriverse.finetuning import (
    Hyperparameters,
    LossHook,
    Mixture,
    attached_adapter,
    finetune_adapter,
)
from spuriverse.finetuning.adapters import attach_adapter
from spuriverse.finetuning.encoding import Encoder
from spuriverse.finetuning.targets import TOWERS, find_targets
from spuriverse.models import LocalModel, answer_samples, load_model
from spuriverse.models.answering import questions_of
from spuriverse.problems import Problem
from spuriverse.questions import open_image

HYPER = Hyperparameters(
    layers="language", rank=4, alpha=8, learning_rate=5e-3, warmup_steps=0, batch_size=4, epochs=1
)
LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def mixture_of(samples: pd.DataFrame) -> Mixture:
    return Mixture(samples.iloc[:8], samples.iloc[8:])


def state_of(model: LocalModel) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in model.model.state_dict().items()}


def scores_of(model: LocalModel, samples: pd.DataFrame) -> np.ndarray:
    table = answer_samples(model, samples)
    return np.array(table["option_scores"].tolist())


def always(samples: pd.DataFrame, answer: str) -> pd.DataFrame:
    """The same images and questions, but the right answer is always the same."""
    wrong = "ring" if answer == "star" else "star"
    return samples.assign(options=[[answer, wrong]] * len(samples), answer=0)


def plain_loss(model: LocalModel, samples: pd.DataFrame) -> float:
    """Mean over tokens of the negative log-likelihood of answer and end, one sample at a time."""
    losses = []
    for question, path in zip(questions_of(samples), samples["image"], strict=True):
        text = f"{model.prompt(question)} {question.correct}</s>"
        inputs = model.processor(images=[open_image(path)], text=[text], return_tensors="pt")
        with torch.no_grad():
            scores = model.model(**inputs).logits[0, -3:-1].log_softmax(-1)
        losses += (-scores[[0, 1], inputs["input_ids"][0, -2:]]).tolist()
    return float(np.mean(losses))


class Run:
    """A base model's weights and scores before and after one run."""

    def __init__(self, base: Path, samples: pd.DataFrame, folder: Path, **changes) -> None:
        self.folder, model = folder, load_model(base)
        self.before, self.scores_before = state_of(model), scores_of(model, samples)
        hyper = dataclasses.replace(HYPER, **changes)
        self.record = finetune_adapter(model, mixture_of(samples), hyper, seed=0, folder=folder)
        self.left, self.scores_left = state_of(model), scores_of(model, samples)
        with attached_adapter(model, folder) as tuned:
            self.scores_after = scores_of(tuned, samples)
        self.after = state_of(load_model(base, adapter=folder))


@pytest.fixture(scope="module")
def run(tiny_folder: Path, tiny_samples: pd.DataFrame, tmp_path_factory) -> Run:
    return Run(tiny_folder, tiny_samples, tmp_path_factory.mktemp("adapter"))


def test_the_record_says_what_was_done(run: Run) -> None:
    record = run.record
    assert (record.samples, record.steps, record.best_epoch) == (8, 2, 1)
    assert np.isfinite(record.validation_loss)
    assert record.seconds > 0


def test_the_weights_change_by_the_adapter_and_nothing_else_does(run: Run) -> None:
    """A merged weight is the base's plus alpha / r times the product of the two matrices."""
    assert run.before.keys() == run.after.keys()
    changed = {name for name in run.before if not torch.equal(run.before[name], run.after[name])}
    adapted = {
        name
        for name in run.before
        if "language_model.layers" in name and name.split(".")[-2] in LINEAR
    }
    assert changed == adapted
    matrices = load_file(run.folder / "adapter_model.safetensors")
    assert len(matrices) == 2 * len(adapted)
    for name in adapted:
        stem = name.removesuffix(".weight")
        low, high = (
            next(
                value for key, value in matrices.items() if key.endswith(f"{stem}.lora_{x}.weight")
            )
            for x in "AB"
        )
        expected = run.before[name] + HYPER.alpha / HYPER.rank * high @ low
        torch.testing.assert_close(run.after[name], expected, atol=1e-6, rtol=1e-5)


def test_the_base_model_is_the_same_after_a_run(run: Run, tiny_folder: Path) -> None:
    assert run.left.keys() == run.before.keys()
    assert all(torch.equal(run.left[name], run.before[name]) for name in run.before)
    np.testing.assert_array_equal(run.scores_left, run.scores_before)


def test_one_loaded_model_serves_run_after_run(
    run: Run, tiny_folder: Path, tiny_samples: pd.DataFrame, tmp_path: Path
) -> None:
    model = load_model(tiny_folder)
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        record = finetune_adapter(model, mixture_of(tiny_samples), HYPER, seed=0, folder=folder)
        assert record.validation_loss == run.record.validation_loss


def test_a_mitigation_sees_every_row_and_sets_the_loss(
    run: Run, tiny_folder: Path, tiny_samples: pd.DataFrame, tmp_path: Path
) -> None:
    seen: list[int] = []

    class Nothing(LossHook):
        def columns(self, samples: pd.DataFrame) -> dict[str, list]:
            return {"row": list(range(len(samples))), "image": samples["image"].tolist()}

        def compute_loss(self, model, inputs, plain_loss):
            seen.extend(inputs["columns"]["row"])
            rows = inputs["row_losses"]
            assert rows.mean().item() == pytest.approx(plain_loss.item(), rel=1e-4)
            return 0 * plain_loss

    model = load_model(tiny_folder)
    mixture = mixture_of(tiny_samples)
    finetune_adapter(model, mixture, HYPER, seed=0, folder=tmp_path, hook=Nothing())
    assert sorted(seen) == list(range(8))
    with attached_adapter(model, tmp_path) as tuned:
        np.testing.assert_allclose(scores_of(tuned, tiny_samples), run.scores_before, atol=1e-5)


@pytest.mark.parametrize("scale", [0.0, 0.5, 1.0])
def test_an_adapter_can_be_scaled(
    run: Run, tiny_folder: Path, tiny_samples: pd.DataFrame, scale: float
) -> None:
    model = load_model(tiny_folder)
    with attached_adapter(model, run.folder, scale=scale) as tuned:
        scores = scores_of(tuned, tiny_samples)
    if scale != 0.5:
        expected = run.scores_after if scale else run.scores_before
        np.testing.assert_allclose(scores, expected, atol=1e-5)
    else:
        assert abs(scores - run.scores_after).max() > 1e-4


def test_the_saved_adapter_gives_the_same_scores(
    run: Run, tiny_folder: Path, tiny_samples: pd.DataFrame
) -> None:
    loaded = load_model(tiny_folder, adapter=run.folder)
    np.testing.assert_allclose(scores_of(loaded, tiny_samples), run.scores_after, atol=1e-5)
    assert abs(run.scores_after - run.scores_before).max() > 1e-3


def test_the_folder_holds_the_adapter_and_no_checkpoints(run: Run) -> None:
    names = {path.name for path in run.folder.iterdir()}
    assert {"adapter_config.json", "adapter_model.safetensors"} <= names
    assert not [name for name in names if name.startswith("checkpoint")]


def test_the_seed_settles_the_run(
    run: Run, tiny_folder: Path, tiny_samples: pd.DataFrame, tmp_path: Path
) -> None:
    again = Run(tiny_folder, tiny_samples, tmp_path)
    assert again.record.validation_loss == run.record.validation_loss
    np.testing.assert_array_equal(again.scores_after, run.scores_after)


def test_the_loss_is_that_of_the_answer_and_the_end(
    run: Run, tiny_folder: Path, tiny_samples: pd.DataFrame
) -> None:
    loaded = load_model(tiny_folder, adapter=run.folder)
    assert run.record.validation_loss == pytest.approx(
        plain_loss(loaded, tiny_samples[8:]), abs=1e-4
    )


def test_what_is_trained_is_answered(
    tiny_folder: Path, tiny_samples: pd.DataFrame, tmp_path: Path
) -> None:
    samples = always(tiny_samples, "star")
    run = Run(tiny_folder, samples, tmp_path, epochs=5, learning_rate=2e-2, layers="both")
    assert run.record.steps == 10
    assert (run.scores_after[:, 0] > run.scores_before[:, 0] + 0.5).all()
    assert (run.scores_after[:, 0] > run.scores_after[:, 1]).all()


def test_the_epoch_of_least_validation_loss_is_kept(
    tiny_folder: Path, tiny_samples: pd.DataFrame, tmp_path: Path
) -> None:
    """The longer it learns to say star, the worse it answers the validation samples."""
    samples = pd.concat([always(tiny_samples[:8], "star"), always(tiny_samples[8:], "ring")])
    run = Run(tiny_folder, samples, tmp_path, epochs=12, learning_rate=5e-2, layers="both")
    assert run.record.best_epoch < 12
    loaded = load_model(tiny_folder, adapter=tmp_path)
    assert run.record.validation_loss == pytest.approx(plain_loss(loaded, samples[8:]), abs=1e-4)
    np.testing.assert_allclose(scores_of(loaded, samples), run.scores_after, atol=1e-5)


def test_a_loss_that_is_no_number_is_a_problem(
    tiny_folder: Path, tiny_samples: pd.DataFrame, tmp_path: Path
) -> None:
    model = load_model(tiny_folder)
    hyper = dataclasses.replace(HYPER, learning_rate=1e30)
    with pytest.raises(
        Problem, match=r"training loss is nan after step 1 of 2 .*; no checkpoint was good yet"
    ):
        finetune_adapter(model, mixture_of(tiny_samples), hyper, seed=0, folder=tmp_path)
    assert not (tmp_path / "adapter_model.safetensors").exists()


def test_a_missing_image_is_a_problem(
    tiny_folder: Path, tiny_samples: pd.DataFrame, tmp_path: Path
) -> None:
    samples = tiny_samples.assign(image=[*tiny_samples["image"].tolist()[:-1], "gone.png"])
    with pytest.raises(Problem, match=r"no image at gone\.png"):
        finetune_adapter(
            load_model(tiny_folder), mixture_of(samples), HYPER, seed=0, folder=tmp_path
        )


def test_a_bad_sample_of_many_is_left_out_and_named(
    tiny_folder: Path, tiny_samples: pd.DataFrame, tmp_path: Path, caplog, monkeypatch
) -> None:
    (tmp_path / "broken.png").write_bytes(b"<html>")
    Image.new("RGB", (300, 1)).save(tmp_path / "long.png")
    images = tiny_samples["image"].tolist() * 3
    images[3:5] = [str(tmp_path / "broken.png"), str(tmp_path / "long.png")]
    train = pd.concat([tiny_samples] * 3, ignore_index=True).assign(image=images)
    model = load_model(tiny_folder)
    process = type(model.processor).__call__

    def refuse_long_ones(self, *, images, **inputs):
        if images[0][0].width > 200 * images[0][0].height:
            raise ValueError("absolute aspect ratio must be smaller than 200, got 300.0")
        return process(self, images=images, **inputs)

    monkeypatch.setattr(type(model.processor), "__call__", refuse_long_ones)
    mixture = Mixture(train, tiny_samples.iloc[8:])
    record = finetune_adapter(model, mixture, HYPER, seed=0, folder=tmp_path)
    assert record.samples == len(train) - 2
    assert (
        f"2 of {len(train)} training samples cannot be trained on and are left out" in caplog.text
    )
    with pytest.raises(
        Problem, match=r"aspect ratio must be smaller than 200, got 300\.0\)\. Mend"
    ):
        Encoder(model).usable(train.iloc[4:9], "training")


# --- which modules get an adapter -------------------------------------------------------------


def attach(model, layers: str):
    return attach_adapter(model, find_targets(model, layers), rank=2, alpha=2, dropout=0.0)


@pytest.mark.parametrize(
    ("layers", "towers"),
    [
        ("language", {"language_model"}),
        ("vision", {"vision_tower"}),
        ("both", {"language_model", "vision_tower"}),
    ],
)
def test_only_adapters_of_the_chosen_towers_are_trained(
    tiny_folder: Path, layers: str, towers: set[str]
) -> None:
    model = attach(load_model(tiny_folder).model, layers)
    trained = [name for name, value in model.named_parameters() if value.requires_grad]
    assert all("lora_" in name for name in trained)
    found = {t for t in ("language_model", "vision_tower") for name in trained if t in name}
    assert found == towers


def test_an_unknown_choice_of_layers_is_a_problem(tiny_folder: Path) -> None:
    with pytest.raises(Problem, match=f"'all'; known are {', '.join(TOWERS)}"):
        attach(load_model(tiny_folder).model, "all")


def test_a_model_without_such_modules_is_a_problem() -> None:
    with pytest.raises(
        Problem, match=r"Sequential has no linear layers where finetuning\.layers 'both'"
    ):
        attach(torch.nn.Sequential(torch.nn.Linear(2, 2)), "both")


def test_a_long_run_tells_how_far_it_is(
    tiny_folder: Path,
    tiny_samples: pd.DataFrame,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("spuriverse.progress.SECONDS_BETWEEN_LINES", 0.0)
    with caplog.at_level("INFO", "spuriverse.progress"):
        finetune_adapter(
            load_model(tiny_folder), mixture_of(tiny_samples), HYPER, seed=0, folder=tmp_path
        )
    lines = [record.getMessage() for record in caplog.records]
    lines = [line.partition(", about")[0] for line in lines if line.startswith("fine-tuning")]
    assert lines == ["fine-tuning: 1 of 2 steps", "fine-tuning: 2 of 2 steps"]


def test_a_run_ends_when_the_validation_loss_falls_no_more(
    tiny_folder: Path, tiny_samples: pd.DataFrame, tmp_path: Path
) -> None:
    """Validation contradicts training, so that every epoch makes it worse."""
    mixture = Mixture(always(tiny_samples[:8], "star"), always(tiny_samples[:8], "ring"))
    records = []
    for patience in (None, 2):
        folder = tmp_path / str(patience)
        folder.mkdir()
        hyper = dataclasses.replace(HYPER, epochs=5, learning_rate=0.05, patience=patience)
        records.append(
            finetune_adapter(load_model(tiny_folder), mixture, hyper, seed=0, folder=folder)
        )
    whole, short = records
    assert whole.steps == 5 * 2
    assert short.steps == (short.best_epoch + 2) * 2
    assert short.steps < whole.steps
