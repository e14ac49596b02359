"""What a fine-tuning run is made with."""

from dataclasses import dataclass
from typing import Literal


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
        patience: Epochs without a lower validation loss after which a run ends; None makes all.
        optimiser: `paged_adamw_8bit` needs a GPU and bitsandbytes.
        gradient_checkpointing: Compute activations twice to save memory.
        fit_memory: On a GPU, make the samples of an optimiser step in as few forward passes as its
            memory holds, and compute activations twice only if it has to be; `batch_size` is the
            least. The gradient is that of the same samples.
        group_lengths: Share the samples of an optimiser step out to its forward passes by length,
            so that there is less padding. The gradient is that of the same samples.
        reuse_features: Compute the features of an image once where the vision tower is not trained;
            None does so on a GPU. On a CPU the last digits can depend on what else is in a batch.
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
    patience: int | None = None
    optimiser: Literal["adamw", "paged_adamw_8bit"] = "adamw"
    gradient_checkpointing: bool = False
    fit_memory: bool = False
    group_lengths: bool = False
    reuse_features: bool | None = None
