"""Fine-tune a model on verified types and measure what it costs."""

from spuriverse.finetuning.adapters import attached_adapter
from spuriverse.finetuning.encoding import Encoder
from spuriverse.finetuning.mitigation import Collate, Mitigation
from spuriverse.finetuning.mixtures import Mixture, mix_samples
from spuriverse.finetuning.splits import split_types
from spuriverse.finetuning.tradeoff import (
    TRADEOFF_COLUMNS,
    held_out_responses,
    held_out_samples,
    tabulate_tradeoff,
)
from spuriverse.finetuning.trainer import Hyperparameters
from spuriverse.finetuning.training import FinetuningRecord, finetune_adapter

__all__ = [
    "TRADEOFF_COLUMNS",
    "Collate",
    "Encoder",
    "FinetuningRecord",
    "Hyperparameters",
    "Mitigation",
    "Mixture",
    "attached_adapter",
    "finetune_adapter",
    "held_out_responses",
    "held_out_samples",
    "mix_samples",
    "split_types",
    "tabulate_tradeoff",
]
