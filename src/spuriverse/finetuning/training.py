"""One fine-tuning run: LoRA through peft, training through TRL's `SFTTrainer`."""

import logging
import math
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from spuriverse.finetuning.adapters import attach_adapter
from spuriverse.finetuning.mixtures import Mixture
from spuriverse.models import LocalModel, open_image, questions_of
from spuriverse.problems import Problem
from spuriverse.questions import render_prompt

log = logging.getLogger(__name__)


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


def finetune_adapter(
    base: LocalModel, mixture: Mixture, hyper: Hyperparameters, *, seed: int, folder: Path
) -> FinetuningRecord:
    """Train an adapter on the mixture, keep the best epoch, merge it into the model.

    The loss counts the answer's tokens only; nothing is truncated. The best epoch is chosen by
    the validation loss.

    Args:
        base: The base model; afterwards it holds the fine-tuned weights.
        mixture: Training and validation samples.
        hyper: Hyper-parameters.
        seed: Of adapter weights and data order.
        folder: Where the adapter is saved; must exist.

    Raises:
        Problem: The validation loss is not finite.
    """
    from transformers import PrinterCallback, set_seed
    from trl import SFTTrainer

    set_seed(seed)
    started = time.perf_counter()
    settings = {k: v for k, v in asdict(hyper).items() if k in _ADAPTER}
    model = attach_adapter(base.model, **settings)
    with tempfile.TemporaryDirectory(dir=folder, prefix="checkpoints-") as checkpoints:
        trainer = SFTTrainer(
            model=model,
            args=_arguments(hyper, Path(checkpoints), seed),
            train_dataset=_dataset(base, mixture.train),
            eval_dataset=_dataset(base, mixture.validation),
            processing_class=base.processor,
        )
        base.processor.tokenizer.padding_side = "right"
        trainer.remove_callback(PrinterCallback)
        trainer.train()
        base.processor.tokenizer.padding_side = "left"
    losses = [entry["eval_loss"] for entry in trainer.state.log_history if "eval_loss" in entry]
    if not losses or not all(map(math.isfinite, losses)):
        raise Problem(f"The validation loss is {losses}; lower finetuning.learning_rate.")
    log.info("Validation loss by epoch: %s", ", ".join(f"{loss:.4f}" for loss in losses))
    model.save_pretrained(folder)
    base.model = model.merge_and_unload().eval()
    return FinetuningRecord(
        samples=len(mixture.train),
        steps=trainer.state.global_step,
        best_epoch=losses.index(min(losses)) + 1,
        validation_loss=min(losses),
        seconds=time.perf_counter() - started,
    )


_ADAPTER = ("layers", "rank", "alpha", "dropout")


def _dataset(base: LocalModel, samples: pd.DataFrame) -> Any:
    """Chat messages with images, as `SFTTrainer` takes them; the answer is the completion."""
    from datasets import Dataset, Image, List

    for path in samples["image"]:
        open_image(path)
    questions = questions_of(samples)
    prompts = [render_prompt(q, show_options=base.show_options) for q in questions]
    rows = {
        "images": [[str(Path(path).resolve())] for path in samples["image"]],
        "prompt": [[{"role": "user", "content": prompt}] for prompt in prompts],
        "completion": [[{"role": "assistant", "content": q.correct}] for q in questions],
    }
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
