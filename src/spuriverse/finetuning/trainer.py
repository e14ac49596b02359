"""TRL's `SFTTrainer`, set up for one run."""

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from spuriverse.finetuning.encoding import Encoder
from spuriverse.finetuning.loss_hook import COLUMNS, ROW_LOSSES, LossHook
from spuriverse.finetuning.mixtures import Mixture
from spuriverse.problems import Problem

if TYPE_CHECKING:
    from trl import SFTTrainer

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


def build_trainer(
    model: Any,
    encoder: Encoder,
    mixture: Mixture,
    hyper: Hyperparameters,
    *,
    seed: int,
    checkpoints: Path,
    mitigation: LossHook | None,
) -> "SFTTrainer":
    """Return the trainer of one run.

    Args:
        model: The base model with a fresh adapter.
        encoder: Of the base model.
        mixture: Training and validation samples.
        hyper: Hyper-parameters.
        seed: Of the order of the samples.
        checkpoints: Folder for a checkpoint an epoch.
        mitigation: Another loss in training.

    Raises:
        Problem: A sample cannot be encoded, or this machine cannot train as asked.
    """
    from transformers import PrinterCallback
    from trl import SFTTrainer

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
            hook = model.register_forward_hook(lambda *seen: outputs.append(seen[-1]))
            loss = super().compute_loss(model, inputs, False, num_items_in_batch)
            hook.remove()
            if mitigation is not None:
                rows = -outputs[0].log_probs.sum(1) / outputs[0].label_mask.sum(1)
                more = {COLUMNS: columns, ROW_LOSSES: rows}
                loss = mitigation.compute_loss(model, {**inputs, **more}, loss)
            self._stop_unless_finite("training", float(loss.detach()))
            return loss

        def evaluate(self, *arguments: Any, **settings: Any) -> dict[str, float]:
            metrics = super().evaluate(*arguments, **settings)
            self._stop_unless_finite("validation", metrics["eval_loss"])
            return metrics

        def _stop_unless_finite(self, which: str, loss: float) -> None:
            if math.isfinite(loss):
                return
            state, last = self.state, last_checkpoint(checkpoints)
            kept = f"the last good checkpoint is {last}" if last else "no checkpoint was good yet"
            raise Problem(
                f"The {which} loss is {loss} after step {state.global_step} of {state.max_steps}"
                f" (epoch {state.epoch or 0:.2g}); {kept}. Lower finetuning.learning_rate."
            )

    columns = mitigation.columns(mixture.train) if mitigation else {}
    if mitigation:
        mitigation.prepare(encoder.base, encoder.collate)
    trainer = Trainer(
        model=model,
        args=_arguments(hyper, checkpoints, seed, encoder.base.model),
        data_collator=lambda rows: _collate(encoder, rows),
        train_dataset=_dataset(encoder, mixture.train, columns),
        eval_dataset=_dataset(encoder, mixture.validation),
        processing_class=encoder.base.processor,
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def last_checkpoint(folder: Path) -> Path | None:
    """Return the newest whole checkpoint; the trainer writes its state last."""
    whole = [path.parent for path in folder.glob("checkpoint-*/trainer_state.json")]
    return max(whole, key=lambda path: int(path.name.rpartition("-")[2]), default=None)


def _dataset(
    encoder: Encoder, samples: pd.DataFrame, columns: Mapping[str, Sequence[Any]] | None = None
) -> Any:
    """Chat messages with images, as `SFTTrainer` takes them.

    Every sample is encoded here, so that what cannot be trained on is found before the first step.
    """
    from datasets import Dataset

    rows: dict[str, list[Any]] = {
        "sample_id": samples["sample_id"].tolist(),
        "image": samples["image"].tolist(),
        "messages": encoder.chats(samples),
    }
    for sample in zip(*rows.values(), strict=True):
        encoder.encode(*sample)
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
