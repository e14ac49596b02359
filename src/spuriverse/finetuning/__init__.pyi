from .adapters import attached_adapter
from .association import ASSOCIATION_COLUMNS, tabulate_association
from .encoding import Encoder
from .hyperparameters import Hyperparameters
from .loss_hook import Collate, LossHook
from .mixtures import Mixture, mix_samples, training_types
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
from .runs import StudyData, finetune_adapters, read_study_data, read_study_samples
from .splits import split_types
from .tradeoff import TRADEOFF_COLUMNS, held_out_responses, held_out_samples, tabulate_tradeoff
from .training import FinetuningRecord, finetune_adapter
from .unselected import (
    TEST_SET_COLUMNS,
    aligned_anchors,
    fresh_ordinary,
    render_test_sets,
    study_samples,
)

__all__ = [
    "ABLATION_COLUMNS",
    "ASSOCIATION_COLUMNS",
    "FINETUNING_COLUMNS",
    "HELD_OUT_COLUMNS",
    "REGIMES",
    "SETS",
    "STUDIES",
    "TEST_SET_COLUMNS",
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
    "aligned_anchors",
    "as_paper_table",
    "attached_adapter",
    "compare_runs",
    "finetune_adapter",
    "finetune_adapters",
    "finetuning_results",
    "fresh_ordinary",
    "held_out_responses",
    "held_out_results",
    "held_out_samples",
    "hold_out",
    "mix_samples",
    "plan_runs",
    "read_study_data",
    "read_study_samples",
    "render_test_sets",
    "split_types",
    "study_samples",
    "tabulate_association",
    "tabulate_tradeoff",
    "tag_held_out_types",
    "tag_other_benchmarks",
    "training_types",
    "transfer_results",
]
