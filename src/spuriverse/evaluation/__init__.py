"""What models are asked, how they did, and how the pipeline itself is scored."""

from spuriverse.evaluation.accuracies import (
    CATEGORY_COLUMNS,
    EVALUATION_COLUMNS,
    mark_responses,
    tabulate_categories,
    tabulate_evaluation,
)
from spuriverse.evaluation.asking import (
    Spec,
    ask_models,
    ask_opened,
    ask_variants,
    estimate_costs,
    open_checkpoint,
    plan_variants,
)
from spuriverse.evaluation.calibration import CALIBRATION_COLUMNS, tabulate_calibration
from spuriverse.evaluation.consistency import (
    BLIND_COLUMNS,
    BLIND_SHOWN,
    CONSISTENCY_COLUMNS,
    CONSISTENCY_SHOWN,
    blind_results,
    consistency_results,
)
from spuriverse.evaluation.inspection import (
    hardest_sample,
    predictions_in_chunks,
    render_sample,
    tabulate_predictions,
)
from spuriverse.evaluation.pool import Pool, read_pool
from spuriverse.evaluation.prompting import (
    PROMPTING_COLUMNS,
    PROMPTING_SHOWN,
    compare_by_strategy,
    prompting_results,
)
from spuriverse.evaluation.published import read_published
from spuriverse.evaluation.results import (
    MAIN_COLUMNS,
    MAIN_SHOWN,
    OUTCOMES,
    count_outcomes,
    estimate_accuracy,
    finish_table,
    main_results,
    only_protocol,
)
from spuriverse.evaluation.savings import SAVINGS_COLUMNS, tabulate_savings
from spuriverse.evaluation.sets import (
    evaluation_samples,
    read_evaluation_samples,
    sample_non_spurious,
)
from spuriverse.evaluation.shortcuts import (
    CLIP_COLUMNS,
    DISCOVERY_COLUMNS,
    TAKES_HOLD_COLUMNS,
    measure_clip,
    measure_gaps,
    score_discovery,
    tabulate_takes_hold,
)
from spuriverse.evaluation.shrinkage import SHRINKAGE_COLUMNS, tabulate_shrinkage
from spuriverse.evaluation.trials import ask_trials, draw_trials, render_trials
from spuriverse.evaluation.variants import (
    blind_image,
    blind_variant,
    is_variant,
    restore_order,
    shuffle_variant,
    shuffled_samples,
)

__all__ = [
    "BLIND_COLUMNS",
    "BLIND_SHOWN",
    "CALIBRATION_COLUMNS",
    "CATEGORY_COLUMNS",
    "CLIP_COLUMNS",
    "CONSISTENCY_COLUMNS",
    "CONSISTENCY_SHOWN",
    "DISCOVERY_COLUMNS",
    "EVALUATION_COLUMNS",
    "MAIN_COLUMNS",
    "MAIN_SHOWN",
    "OUTCOMES",
    "PROMPTING_COLUMNS",
    "PROMPTING_SHOWN",
    "SAVINGS_COLUMNS",
    "SHRINKAGE_COLUMNS",
    "TAKES_HOLD_COLUMNS",
    "Pool",
    "Spec",
    "ask_models",
    "ask_opened",
    "ask_trials",
    "ask_variants",
    "blind_image",
    "blind_results",
    "blind_variant",
    "compare_by_strategy",
    "consistency_results",
    "count_outcomes",
    "draw_trials",
    "estimate_accuracy",
    "estimate_costs",
    "evaluation_samples",
    "finish_table",
    "hardest_sample",
    "is_variant",
    "main_results",
    "mark_responses",
    "measure_clip",
    "measure_gaps",
    "only_protocol",
    "open_checkpoint",
    "plan_variants",
    "predictions_in_chunks",
    "prompting_results",
    "read_evaluation_samples",
    "read_pool",
    "read_published",
    "render_sample",
    "render_trials",
    "restore_order",
    "sample_non_spurious",
    "score_discovery",
    "shuffle_variant",
    "shuffled_samples",
    "tabulate_calibration",
    "tabulate_categories",
    "tabulate_evaluation",
    "tabulate_predictions",
    "tabulate_savings",
    "tabulate_shrinkage",
    "tabulate_takes_hold",
]
