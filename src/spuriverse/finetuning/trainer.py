"""TRL's `SFTTrainer` as our runs need it: its data, its loss and its settings."""

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from spuriverse.finetuning.encoding import Encoder
from spuriverse.finetuning.features import without_pixels
from spuriverse.finetuning.hyperparameters import Hyperparameters
from spuriverse.finetuning.loss_hook import COLUMNS, ROW_LOSSES, LossHook
from spuriverse.finetuning.mixtures import Mixture
from spuriverse.models import join_features, put_features
from spuriverse.problems import Problem
from spuriverse.progress import Progress

if TYPE_CHECKING:
    from trl import SFTTrainer

_OPTIMISERS = {"adamw": "adamw_torch", "paged_adamw_8bit": "paged_adamw_8bit"}
_EVALUATED_AT_ONCE = 4
_FEATURES = "features"


class StepOrder:
    """A random order of samples in which those of an optimiser step stand by their length.

    Args:
        lengths: Tokens of every sample.
        step: Samples of an optimiser step.
        seed: Of the order, which is another one in every epoch.
    """

    def __init__(self, lengths: Sequence[int], step: int, seed: int) -> None:
        self._lengths, self._step, self._seed = lengths, step, seed
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch the next order is for."""
        self._epoch = epoch

    def __len__(self) -> int:
        return len(self._lengths)

    def __iter__(self) -> Iterator[int]:
        order = np.random.default_rng([self._seed, self._epoch]).permutation(len(self))
        for start in range(0, len(self), self._step):
            step = order[start : start + self._step].tolist()
            yield from sorted(step, key=lambda place: self._lengths[place])


def build_trainer(
    model: Any,
    encoder: Encoder,
    mixture: Mixture,
    hyper: Hyperparameters,
    *,
    seed: int,
    checkpoints: Path,
    hook: LossHook | None,
    reuse: bool = False,
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
        reuse: Whether features stand in place of pixels, of a vision tower that is not trained.

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

        def on_evaluate(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            # From the losses themselves, so that a run that is taken up again ends where it would.
            losses = validation_losses(state)
            if hyper.patience and len(losses) - best_epoch(losses) >= hyper.patience:
                control.should_training_stop = True

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
            features = inputs.pop(_FEATURES, None)
            if features is not None:
                inputs = put_features(encoder.base.model, inputs, features)
            if not model.training:
                return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
            if hook is not None:
                inputs = hook.change_inputs(inputs, columns)
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

        def floating_point_ops(self, inputs: dict[str, Any]) -> int:
            return 0  # nobody reads their number, and to count them takes a thirtieth of a step

        def evaluate(self, *arguments: Any, **settings: Any) -> dict[str, float]:
            metrics = super().evaluate(*arguments, **settings)
            self._stop_unless_finite("validation", metrics["eval_loss"])
            return metrics

        def _get_train_sampler(self, *arguments: Any) -> Any:
            if not hyper.group_lengths:
                return super()._get_train_sampler(*arguments)
            step = hyper.batch_size * hyper.accumulation
            return StepOrder(encoder.lengths(mixture.train), step, seed)

        def _stop_unless_finite(self, which: str, loss: float) -> None:
            if math.isfinite(loss):
                return
            state, last = self.state, last_checkpoint(checkpoints)
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
        args=_arguments(hyper, checkpoints, seed, encoder, reuse),
        data_collator=lambda rows: _collate(encoder, rows, reuse),
        train_dataset=_dataset(encoder, mixture.train, columns),
        eval_dataset=_dataset(encoder, mixture.validation),
        processing_class=encoder.base.processor,
    )
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(Tell())
    return trainer


def validation_losses(state: Any) -> list[float]:
    """Return the validation loss of every epoch so far.

    Args:
        state: Of a trainer.
    """
    return [entry["eval_loss"] for entry in state.log_history if "eval_loss" in entry]


def best_epoch(losses: Sequence[float]) -> int:
    """Return the epoch of least loss, from 1; the first of equals."""
    return min(range(len(losses)), key=lambda epoch: losses[epoch]) + 1


def last_checkpoint(folder: Path) -> Path | None:
    """Return the newest whole checkpoint of a folder, or None.

    Args:
        folder: Of checkpoints; the trainer writes the state of each last.
    """
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


def _collate(encoder: Encoder, rows: Sequence[Mapping[str, Any]], reuse: bool) -> dict[str, Any]:
    encoded = [encoder.encode(row["sample_id"], row["image"], row["messages"]) for row in rows]
    if reuse:
        pairs = zip(rows, encoded, strict=True)
        features = join_features([encoder.features.of(row["image"], one) for row, one in pairs])
        batch = encoder.merge([without_pixels(one) for one in encoded])
        batch[_FEATURES] = features
    else:
        batch = encoder.merge(encoded)
    if COLUMNS in rows[0]:
        batch[COLUMNS] = {name: [row[COLUMNS][name] for row in rows] for name in rows[0][COLUMNS]}
    return batch


def _arguments(
    hyper: Hyperparameters, folder: Path, seed: int, encoder: Encoder, reuse: bool
) -> Any:
    import torch
    from trl import SFTConfig

    model = encoder.base.model
    # What is not remembered is prepared in another process while the model computes; a vision tower
    # cannot run there.
    beside = not (encoder.holds_all or reuse)
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
        per_device_eval_batch_size=_evaluated_at_once(hyper),
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
        dataloader_num_workers=int(beside),
        dataloader_persistent_workers=beside,
        dataloader_pin_memory=on_gpu,
    )


def _evaluated_at_once(hyper: Hyperparameters) -> int:
    """Without gradients more fits at once, but a batch that was fitted to the memory is large."""
    if hyper.fit_memory:
        return hyper.batch_size * hyper.accumulation
    return _EVALUATED_AT_ONCE * hyper.batch_size
