"""Fine-tune a model on verified types and measure what it costs."""

from spuriverse.finetuning.adapters import attached_adapter
from spuriverse.finetuning.encoding import Encoder
from spuriverse.finetuning.mitigation import Collate, Mitigation
from spuriverse.finetuning.mixtures import Mixture, mix_samples
from spuriverse.finetuning.plans import REGIMES, STUDIES, Plan, hold_out, plan_runs
from spuriverse.finetuning.results import (
    ABLATION_COLUMNS,
    FINETUNING_COLUMNS,
    HELD_OUT_COLUMNS,
    SETS,
    TRANSFER_COLUMNS,
    ablation_results,
    as_paper_table,
    compare_runs,
    finetuning_results,
    held_out_results,
    tag_held_out_types,
    tag_other_benchmarks,
    transfer_results,
)
from spuriverse.finetuning.runs import StudyData, finetune_adapters, read_study_data
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
    "ABLATION_COLUMNS",
    "FINETUNING_COLUMNS",
    "HELD_OUT_COLUMNS",
    "REGIMES",
    "SETS",
    "STUDIES",
    "TRADEOFF_COLUMNS",
    "TRANSFER_COLUMNS",
    "Collate",
    "Encoder",
    "FinetuningRecord",
    "Hyperparameters",
    "Mitigation",
    "Mixture",
    "Plan",
    "StudyData",
    "ablation_results",
    "as_paper_table",
    "attached_adapter",
    "compare_runs",
    "finetune_adapter",
    "finetune_adapters",
    "finetuning_results",
    "held_out_responses",
    "held_out_results",
    "held_out_samples",
    "hold_out",
    "mix_samples",
    "plan_runs",
    "read_study_data",
    "split_types",
    "tabulate_tradeoff",
    "tag_held_out_types",
    "tag_other_benchmarks",
    "transfer_results",
]
