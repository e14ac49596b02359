"""One fine-tuning run: LoRA through peft, training through TRL's `SFTTrainer`."""

import json
import logging
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from spuriverse.finetuning.adapters import attach_adapter, detach_adapter
from spuriverse.finetuning.encoding import Encoder
from spuriverse.finetuning.fitting import fit_to_memory
from spuriverse.finetuning.hyperparameters import Hyperparameters
from spuriverse.finetuning.loss_hook import LossHook
from spuriverse.finetuning.mixtures import Mixture
from spuriverse.finetuning.targets import find_targets
from spuriverse.finetuning.trainer import (
    best_epoch,
    build_trainer,
    last_checkpoint,
    validation_losses,
)
from spuriverse.models import LocalModel, fingerprint_model, write_base_model
from spuriverse.tables import content_sha256, write_text

log = logging.getLogger(__name__)

_KEY_FILE = "key.txt"


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
        computed: In which precision, how many samples at once, and what was left out or done twice.
    """

    samples: int
    steps: int
    best_epoch: int
    validation_loss: float
    seconds: float
    trained: int
    modules: list[str]
    computed: str = ""


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
            reuse = hook is None and _reuses(hyper, encoder, mixture.train)
            if hyper.fit_memory and hook is None and base.model.device.type == "cuda":
                hyper = fit_to_memory(model, encoder, mixture.train, hyper)
                set_seed(seed)
            computed = _describe(base.model, hyper, reuse)
            log.info("Fine-tuning %s: %s", base.name, computed)
            trainer = build_trainer(
                model,
                encoder,
                mixture,
                hyper,
                seed=seed,
                checkpoints=kept,
                hook=hook,
                reuse=reuse,
            )
            last = last_checkpoint(kept)
            if last:
                log.info("Going on from %s", last)
            trainer.train(resume_from_checkpoint=str(last) if last else None)
            model.save_pretrained(folder)
            write_base_model(folder, base.name, fingerprint)
        trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    finally:
        base.processor.tokenizer.padding_side = "left"
        detach_adapter(base, model, forward)
    losses = validation_losses(trainer.state)
    log.info("Validation loss by epoch: %s", ", ".join(f"{loss:.4f}" for loss in losses))
    return FinetuningRecord(
        samples=len(mixture.train),
        steps=trainer.state.global_step,
        best_epoch=best_epoch(losses),
        validation_loss=min(losses),
        seconds=time.perf_counter() - started,
        trained=trained,
        modules=list(targets.modules),
        computed=computed,
    )


def _reuses(hyper: Hyperparameters, encoder: Encoder, samples: pd.DataFrame) -> bool:
    """Whether features of images take the place of their pixels in a run with the plain loss."""
    wanted = hyper.reuse_features
    if wanted is None:
        wanted = encoder.base.model.device.type == "cuda"
    if not wanted:
        return False
    first = samples.head(1)
    image = str(first["image"].iloc[0])
    encoded = encoder.encode(str(first["sample_id"].iloc[0]), image, encoder.chats(first)[0])
    return encoder.features.serve(hyper.layers, image, encoded)


def _describe(model: Any, hyper: Hyperparameters, reuse: bool) -> str:
    weights = "4-bit" if getattr(model, "is_loaded_in_4bit", False) else ""
    parts = [
        weights or str(model.dtype).removeprefix("torch."),
        f"{hyper.batch_size} x {hyper.accumulation} samples a step",
        "activations computed twice" if hyper.gradient_checkpointing else "",
        "features of the frozen vision tower computed once" if reuse else "",
    ]
    return ", ".join(filter(None, parts))


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
