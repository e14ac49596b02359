from .adapters import attached_adapter
from .encoding import Encoder
from .loss_hook import Collate, LossHook
from .mixtures import Mixture, mix_samples
from .plans import REGIMES, STUDIES, Plan, hold_out, plan_runs
from .results import (
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
from .runs import StudyData, finetune_adapters, read_study_data
from .splits import split_types
from .tradeoff import TRADEOFF_COLUMNS, held_out_responses, held_out_samples, tabulate_tradeoff
from .training import FinetuningRecord, Hyperparameters, finetune_adapter

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
    "LossHook",
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
