"""One fine-tuning run: LoRA through peft, training through TRL's `SFTTrainer`."""

import logging
import math
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from spuriverse.finetuning.adapters import attach_adapter, detach_adapter
from spuriverse.finetuning.mixtures import Mixture
from spuriverse.models import LocalModel, open_image, questions_of
from spuriverse.problems import Problem
from spuriverse.questions import render_prompt

log = logging.getLogger(__name__)

COLUMNS = "columns"
ROW_LOSSES = "row_losses"


@dataclass(frozen=True)
class Hyperparameters:
    """Hyper-parameters of a run; the paper's are r = alpha = 16, dropout 0, weight decay 0.01,
    5 warm-up steps and linear decay, at most 10 epochs."""

    layers: str = "both"
    rank: int = 16
    alpha: int = 16
    dropout: float = 0.0
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    warmup_steps: int = 5
    batch_size: int = 32
    epochs: int = 10


@dataclass(frozen=True)
class FinetuningRecord:
    """What a run did: sizes, and the epoch of least validation loss, which is the one kept."""

    samples: int
    steps: int
    best_epoch: int
    validation_loss: float
    seconds: float


class Mitigation:
    """A change to the loss of training. This one changes nothing: override what you need."""

    def prepare(self, base: LocalModel, collate: "Collate") -> None:
        """Get ready, once a run.

        Args:
            base: The model to be trained, without an adapter; with one it is the same object.
            collate: Turns a table of samples into the inputs of a forward pass with labels.
        """

    def columns(self, samples: pd.DataFrame) -> dict[str, list[Any]]:
        """Return what `compute_loss` needs to know of every training sample, by name.

        Args:
            samples: The training part of the mixture, n rows.

        Returns:
            Name -> n values: numbers, texts, or lists of them.
        """
        return {}

    def compute_loss(self, model: Any, inputs: dict[str, Any], plain_loss: Any) -> Any:
        """Return the loss that is minimised, of one batch.

        Args:
            model: The model with its adapter, a `peft.PeftModel` (`disable_adapter()` gives the
                base model's answers).
            inputs: What the model was given, with `labels` (-100 where a token does not count);
                `columns`: name -> the values of the batch; `row_losses`: the mean loss of every
                row's answer, shape (rows,), with its gradient.
            plain_loss: The mean loss over the answers' tokens, with its gradient.
        """
        return plain_loss


class Collate:
    """Turn samples into the inputs of a forward pass on the base model's device, with labels."""

    def __init__(self, base: LocalModel, collator: Any) -> None:
        self._base, self._collator = base, collator

    def __call__(self, samples: pd.DataFrame) -> dict[str, Any]:
        """Return the inputs of a table with columns image, question, options, answer."""
        rows = _dataset(self._base, samples)
        return self._collator(list(rows)).to(self._base.model.device)


def finetune_adapter(
    base: LocalModel,
    mixture: Mixture,
    hyper: Hyperparameters,
    *,
    seed: int,
    folder: Path,
    mitigation: Mitigation | None = None,
) -> FinetuningRecord:
    """Train an adapter on the mixture, and save that of the best epoch.

    The loss counts the answer's tokens only; nothing is truncated. The best epoch is chosen by
    the validation loss, which no mitigation changes. One base model can be trained on again and
    again: afterwards it is what it was before. `attached_adapter` puts a saved adapter on it.

    Args:
        base: The base model.
        mixture: Training and validation samples.
        hyper: Hyper-parameters.
        seed: Of adapter weights and data order.
        folder: Where the adapter is saved; must exist.
        mitigation: Another loss.

    Raises:
        Problem: The validation loss is not finite.
    """
    from transformers import set_seed

    set_seed(seed)
    started = time.perf_counter()
    settings = {k: v for k, v in asdict(hyper).items() if k in _ADAPTER}
    forward = base.model.__dict__.get("forward")
    model = attach_adapter(base.model, **settings)
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix="checkpoints-") as checkpoints:
            arguments = _arguments(hyper, Path(checkpoints), seed)
            trainer = _trainer(base, model, mixture, arguments, mitigation)
            trainer.train()
        losses = [entry["eval_loss"] for entry in trainer.state.log_history if "eval_loss" in entry]
        if not losses or not all(map(math.isfinite, losses)):
            raise Problem(f"The validation loss is {losses}; lower finetuning.learning_rate.")
        log.info("Validation loss by epoch: %s", ", ".join(f"{loss:.4f}" for loss in losses))
        model.save_pretrained(folder)
    finally:
        base.processor.tokenizer.padding_side = "left"
        detach_adapter(base, model, forward)
    return FinetuningRecord(
        samples=len(mixture.train),
        steps=trainer.state.global_step,
        best_epoch=losses.index(min(losses)) + 1,
        validation_loss=min(losses),
        seconds=time.perf_counter() - started,
    )


_ADAPTER = ("layers", "rank", "alpha", "dropout")


def _trainer(
    base: LocalModel, model: Any, mixture: Mixture, arguments: Any, mitigation: Mitigation | None
) -> Any:
    from transformers import PrinterCallback
    from trl import SFTTrainer
    from trl.trainer.sft_trainer import DataCollatorForVisionLanguageModeling

    class Collator(DataCollatorForVisionLanguageModeling):
        """TRL's, which also hands on the columns of a mitigation."""

        def torch_call(self, examples: list[dict[str, Any]]) -> Any:
            columns = [example.pop(COLUMNS, None) for example in examples]
            batch = super().torch_call(examples)
            if columns[0] is not None:
                batch[COLUMNS] = {key: [row[key] for row in columns] for key in columns[0]}
            return batch

    class Trainer(SFTTrainer):
        """TRL's, with the loss of a mitigation in training."""

        def compute_loss(
            self,
            model: Any,
            inputs: dict[str, Any],
            return_outputs: bool = False,
            num_items_in_batch: Any = None,
        ) -> Any:
            columns = inputs.pop(COLUMNS, {})
            if mitigation is None or not model.training:
                return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
            outputs: list[Any] = []
            hook = model.register_forward_hook(lambda *seen: outputs.append(seen[-1]))
            loss = super().compute_loss(model, inputs, False, num_items_in_batch)
            hook.remove()
            counted = outputs[0].label_mask.sum(1)
            more = {COLUMNS: columns, ROW_LOSSES: -outputs[0].log_probs.sum(1) / counted}
            return mitigation.compute_loss(model, {**inputs, **more}, loss)

    collator = Collator(processor=base.processor, max_length=None, completion_only_loss=True)
    columns: dict[str, list[Any]] = {}
    if mitigation is not None:
        columns = mitigation.columns(mixture.train)
        mitigation.prepare(base, Collate(base, collator))
    trainer = Trainer(
        model=model,
        args=arguments,
        data_collator=collator,
        train_dataset=_dataset(base, mixture.train, columns),
        eval_dataset=_dataset(base, mixture.validation),
        processing_class=base.processor,
    )
    base.processor.tokenizer.padding_side = "right"
    trainer.remove_callback(PrinterCallback)
    return trainer


def _dataset(
    base: LocalModel, samples: pd.DataFrame, columns: dict[str, list[Any]] | None = None
) -> Any:
    """Chat messages with images, as `SFTTrainer` takes them; the answer is the completion."""
    from datasets import Dataset, Image, List

    for path in samples["image"]:
        open_image(path)
    questions = questions_of(samples)
    prompts = [render_prompt(q, show_options=base.show_options) for q in questions]
    rows: dict[str, list[Any]] = {
        "images": [[str(Path(path).resolve())] for path in samples["image"]],
        "prompt": [[{"role": "user", "content": prompt}] for prompt in prompts],
        "completion": [[{"role": "assistant", "content": q.correct}] for q in questions],
    }
    if columns:
        rows[COLUMNS] = [
            dict(zip(columns, values, strict=True))
            for values in zip(*columns.values(), strict=True)
        ]
    return Dataset.from_dict(rows).cast_column("images", List(Image(mode="RGB")))


def _arguments(hyper: Hyperparameters, folder: Path, seed: int) -> Any:
    import sys

    from trl import SFTConfig

    return SFTConfig(
        output_dir=str(folder),
        learning_rate=hyper.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=hyper.warmup_steps,
        weight_decay=hyper.weight_decay,
        per_device_train_batch_size=hyper.batch_size,
        per_device_eval_batch_size=4 * hyper.batch_size,
        num_train_epochs=hyper.epochs,
        eval_strategy="epoch",
        save_strategy="epoch",
        save_total_limit=1,
        save_only_model=True,
        load_best_model_at_end=True,
        metric_for_best_model="eval_loss",
        greater_is_better=False,
        completion_only_loss=True,
        max_length=None,
        remove_unused_columns=False,
        activation_checkpointing=False,
        bf16=False,
        use_cpu=True,
        seed=seed,
        data_seed=seed,
        full_determinism=False,
        report_to=[],
        logging_strategy="epoch",
        disable_tqdm=not sys.stderr.isatty(),
        dataloader_num_workers=0,
        dataloader_pin_memory=False,
    )
