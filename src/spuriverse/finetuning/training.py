"""One fine-tuning run: LoRA through peft, training through TRL's `SFTTrainer`."""

import json
import logging
import math
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from spuriverse.finetuning.adapters import attach_adapter, detach_adapter
from spuriverse.finetuning.encoding import Encoder
from spuriverse.finetuning.loss_hook import COLUMNS, ROW_LOSSES, LossHook
from spuriverse.finetuning.mixtures import Mixture
from spuriverse.finetuning.targets import find_targets
from spuriverse.models import LocalModel, fingerprint_model, write_base_model
from spuriverse.problems import Problem
from spuriverse.progress import Progress
from spuriverse.tables import content_sha256, write_text

if TYPE_CHECKING:
    from trl import SFTTrainer

log = logging.getLogger(__name__)

_KEY_FILE = "key.txt"
_OPTIMISERS = {"adamw": "adamw_torch", "paged_adamw_8bit": "paged_adamw_8bit"}
_EVALUATED_AT_ONCE = 4


@dataclass(frozen=True)
class Hyperparameters:
    """Hyper-parameters of a run.

    The paper's are r = alpha = 16, dropout 0, batches of 2 accumulated 4 times, a learning rate
    of 2e-4 with 5 warm-up steps and linear decay, weight decay 0.01, at most 10 epochs (SpuriVerse,
    section on fine-tuning).

    Attributes:
        layers: Towers that get adapters: language, vision or both.
        rank: LoRA r.
        alpha: LoRA alpha.
        dropout: LoRA dropout.
        learning_rate: Peak of the learning rate.
        weight_decay: Of AdamW.
        warmup_steps: Optimiser steps of linear warm-up.
        batch_size: Samples a forward pass.
        accumulation: Forward passes an optimiser step.
        epochs: Most epochs.
        optimiser: `paged_adamw_8bit` needs a GPU and bitsandbytes.
        gradient_checkpointing: Compute activations twice to save memory.
    """

    layers: str = "both"
    rank: int = 16
    alpha: int = 16
    dropout: float = 0.0
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    warmup_steps: int = 5
    batch_size: int = 32
    accumulation: int = 1
    epochs: int = 10
    optimiser: Literal["adamw", "paged_adamw_8bit"] = "adamw"
    gradient_checkpointing: bool = False


@dataclass(frozen=True)
class FinetuningRecord:
    """What a run did.

    Attributes:
        samples: Training samples.
        steps: Optimiser steps.
        best_epoch: The epoch of least validation loss, which is the one kept.
        validation_loss: Its validation loss: mean negative log-likelihood of the answers' tokens.
        seconds: Time it took; only since it was taken up again, if it was interrupted.
        trained: Numbers that were trained.
        modules: Names of the modules with an adapter.
    """

    samples: int
    steps: int
    best_epoch: int
    validation_loss: float
    seconds: float
    trained: int
    modules: list[str]


def finetune_adapter(
    base: LocalModel,
    mixture: Mixture,
    hyper: Hyperparameters,
    *,
    seed: int,
    folder: Path,
    hook: LossHook | None = None,
    encoder: Encoder | None = None,
    checkpoints: Path | None = None,
) -> FinetuningRecord:
    """Train an adapter on the mixture, and save that of the best epoch.

    The loss counts the answer's tokens only; nothing is truncated. What cannot be encoded (a broken
    image, one that the model's processor refuses, a sample longer than the model reads) is left
    out before the first step, and the log says so. The best epoch is chosen by
    the validation loss, which no mitigation changes. One base model can be trained on again and
    again: afterwards it is what it was before. `attached_adapter` puts a saved adapter on it.

    Args:
        base: The base model.
        mixture: Training and validation samples.
        hyper: Hyper-parameters.
        seed: Of adapter weights and data order.
        folder: Where the adapter is saved; must exist.
        hook: Another loss.
        encoder: Of this base model, so that several runs encode a sample once.
        checkpoints: Folder for a checkpoint per epoch, from which a run that was interrupted goes
            on, if nothing it depends on has changed. It is deleted at the end. By default there
            are none that outlive the run.

    Raises:
        Problem: The model has no such layers, more than a tenth of the training or validation
            samples cannot be trained on, this machine cannot train as asked, or the loss is not
            finite; then the last good checkpoint stays.
    """
    from transformers import set_seed

    started = time.perf_counter()
    encoder = encoder or Encoder(base)
    mixture = Mixture(
        encoder.usable(mixture.train, "training"),
        encoder.usable(mixture.validation, "validation"),
    )
    forward = base.model.__dict__.get("forward")
    fingerprint = fingerprint_model(base.model)
    targets = find_targets(base.model, hyper.layers)
    key = _run_key(mixture, hyper, seed, fingerprint, hook)
    set_seed(seed)
    model = attach_adapter(
        base.model, targets, rank=hyper.rank, alpha=hyper.alpha, dropout=hyper.dropout
    )
    try:
        with _checkpoints(checkpoints, folder, key) as kept:
            trainer = build_trainer(
                model,
                encoder,
                mixture,
                hyper,
                seed=seed,
                checkpoints=kept,
                hook=hook,
            )
            last = _last_checkpoint(kept)
            if last:
                log.info("Going on from %s", last)
            trainer.train(resume_from_checkpoint=str(last) if last else None)
            model.save_pretrained(folder)
            write_base_model(folder, base.name, fingerprint)
        trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    finally:
        base.processor.tokenizer.padding_side = "left"
        detach_adapter(base, model, forward)
    losses = [entry["eval_loss"] for entry in trainer.state.log_history if "eval_loss" in entry]
    log.info("Validation loss by epoch: %s", ", ".join(f"{loss:.4f}" for loss in losses))
    return FinetuningRecord(
        samples=len(mixture.train),
        steps=trainer.state.global_step,
        best_epoch=losses.index(min(losses)) + 1,
        validation_loss=min(losses),
        seconds=time.perf_counter() - started,
        trained=trained,
        modules=list(targets.modules),
    )


@contextmanager
def _checkpoints(folder: Path | None, adapter: Path, key: str) -> Iterator[Path]:
    """The folder of checkpoints; one of another run is emptied, and at the end it is deleted."""
    if folder is None:
        with tempfile.TemporaryDirectory(dir=adapter, prefix="checkpoints-") as temporary:
            yield Path(temporary)
        return
    noted = folder / _KEY_FILE
    if not noted.is_file() or noted.read_text(encoding="utf-8") != key:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        write_text(noted, key)
    for half in folder.glob("checkpoint-*"):
        if not (half / "trainer_state.json").is_file():
            shutil.rmtree(half)
    yield folder
    shutil.rmtree(folder)


def _run_key(
    mixture: Mixture,
    hyper: Hyperparameters,
    seed: int,
    fingerprint: str,
    hook: LossHook | None,
) -> str:
    """What a run depends on, as a digest."""
    loss = hook.describe() if hook else ""
    parts: list[Any] = [asdict(hyper), seed, fingerprint, loss]
    for part in (mixture.train, mixture.validation):
        parts.append([part["sample_id"].tolist(), part["answer"].tolist()])
    return content_sha256(json.dumps(parts))


def build_trainer(
    model: Any,
    encoder: Encoder,
    mixture: Mixture,
    hyper: Hyperparameters,
    *,
    seed: int,
    checkpoints: Path,
    hook: LossHook | None,
) -> "SFTTrainer":
    """Return the trainer of one run.

    Args:
        model: The base model with a fresh adapter.
        encoder: Of the base model.
        mixture: Training and validation samples, all of which can be encoded.
        hyper: Hyper-parameters.
        seed: Of the order of the samples.
        checkpoints: Folder for a checkpoint an epoch.
        hook: Another loss in training.

    Raises:
        Problem: This machine cannot train as asked.
    """
    from transformers import PrinterCallback, TrainerCallback
    from trl import SFTTrainer

    class Tell(TrainerCallback):
        """Lines on how far the training is, where the trainer draws no bar."""

        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            self.first = state.global_step
            self.told = Progress("fine-tuning", state.max_steps - self.first, "steps")

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            self.told.report(state.global_step - self.first)

    class Trainer(SFTTrainer):
        """TRL's, with the loss of a mitigation; it stops where a loss is no number."""

        def compute_loss(
            self,
            model: Any,
            inputs: dict[str, Any],
            return_outputs: bool = False,
            num_items_in_batch: Any = None,
        ) -> Any:
            columns = inputs.pop(COLUMNS, {})
            if not model.training:
                return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
            outputs: list[Any] = []
            listener = model.register_forward_hook(lambda *seen: outputs.append(seen[-1]))
            loss = super().compute_loss(model, inputs, False, num_items_in_batch)
            listener.remove()
            if hook is not None:
                rows = -outputs[0].log_probs.sum(1) / outputs[0].label_mask.sum(1)
                more = {COLUMNS: columns, ROW_LOSSES: rows}
                loss = hook.compute_loss(model, {**inputs, **more}, loss)
            self._stop_unless_finite("training", float(loss.detach()))
            return loss

        def evaluate(self, *arguments: Any, **settings: Any) -> dict[str, float]:
            metrics = super().evaluate(*arguments, **settings)
            self._stop_unless_finite("validation", metrics["eval_loss"])
            return metrics

        def _stop_unless_finite(self, which: str, loss: float) -> None:
            if math.isfinite(loss):
                return
            state, last = self.state, _last_checkpoint(checkpoints)
            kept = f"the last good checkpoint is {last}" if last else "no checkpoint was good yet"
            raise Problem(
                f"The {which} loss is {loss} after step {state.global_step} of {state.max_steps}"
                f" (epoch {state.epoch or 0:.2g}); {kept}. Lower finetuning.learning_rate."
            )

    columns = hook.columns(mixture.train) if hook else {}
    if hook:
        hook.prepare(encoder.base, encoder.collate)
    trainer = Trainer(
        model=model,
        args=_arguments(hyper, checkpoints, seed, encoder.base.model),
        data_collator=lambda rows: _collate(encoder, rows),
        train_dataset=_dataset(encoder, mixture.train, columns),
        eval_dataset=_dataset(encoder, mixture.validation),
        processing_class=encoder.base.processor,
    )
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(Tell())
    return trainer


def _last_checkpoint(folder: Path) -> Path | None:
    """Return the newest whole checkpoint; the trainer writes its state last."""
    whole = [path.parent for path in folder.glob("checkpoint-*/trainer_state.json")]
    return max(whole, key=lambda path: int(path.name.rpartition("-")[2]), default=None)


def _dataset(
    encoder: Encoder, samples: pd.DataFrame, columns: Mapping[str, Sequence[Any]] | None = None
) -> Any:
    """Chat messages with images, as `SFTTrainer` takes them."""
    from datasets import Dataset

    rows: dict[str, list[Any]] = {
        "sample_id": samples["sample_id"].tolist(),
        "image": samples["image"].tolist(),
        "messages": encoder.chats(samples),
    }
    if columns:
        values = zip(*columns.values(), strict=True)
        rows[COLUMNS] = [dict(zip(columns, row, strict=True)) for row in values]
    return Dataset.from_dict(rows)


def _collate(encoder: Encoder, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    batch = encoder.merge(
        [encoder.encode(row["sample_id"], row["image"], row["messages"]) for row in rows]
    )
    if COLUMNS in rows[0]:
        batch[COLUMNS] = {name: [row[COLUMNS][name] for row in rows] for name in rows[0][COLUMNS]}
    return batch


def _arguments(hyper: Hyperparameters, folder: Path, seed: int, model: Any) -> Any:
    import torch
    from trl import SFTConfig

    on_gpu = model.device.type == "cuda"
    if hyper.optimiser.startswith("paged") and not on_gpu:
        raise Problem(
            f"finetuning.optimiser is {hyper.optimiser}, which needs a CUDA GPU, and the model is"
            " on the CPU; set it to adamw or train on a machine with a GPU."
        )
    return SFTConfig(
        output_dir=str(folder),
        learning_rate=hyper.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=hyper.warmup_steps,
        weight_decay=hyper.weight_decay,
        optim=_OPTIMISERS[hyper.optimiser],
        per_device_train_batch_size=hyper.batch_size,
        per_device_eval_batch_size=_EVALUATED_AT_ONCE * hyper.batch_size,
        gradient_accumulation_steps=hyper.accumulation,
        num_train_epochs=hyper.epochs,
        eval_strategy="epoch",
        save_strategy="epoch",
        save_total_limit=1,
        load_best_model_at_end=True,
        metric_for_best_model="eval_loss",
        greater_is_better=False,
        prediction_loss_only=True,
        max_length=None,
        remove_unused_columns=False,
        activation_checkpointing=hyper.gradient_checkpointing,
        bf16=on_gpu and model.dtype == torch.bfloat16,
        use_cpu=not on_gpu,
        seed=seed,
        data_seed=seed,
        report_to=[],
        logging_strategy="epoch",
        logging_nan_inf_filter=False,
        disable_tqdm=not sys.stderr.isatty(),
        dataloader_num_workers=0,
        dataloader_pin_memory=on_gpu,
    )
