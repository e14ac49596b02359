"""What models are asked, how they did, and how the pipeline itself is scored."""

from spuriverse.evaluation.accuracies import (
    CATEGORY_COLUMNS,
    EVALUATION_COLUMNS,
    mark_responses,
    tabulate_categories,
    tabulate_evaluation,
)
from spuriverse.evaluation.sets import (
    evaluation_samples,
    read_evaluation_samples,
    sample_non_spurious,
)
from spuriverse.evaluation.shortcuts import (
    DISCOVERY_COLUMNS,
    TAKES_HOLD_COLUMNS,
    measure_gaps,
    score_discovery,
    tabulate_takes_hold,
)

__all__ = [
    "CATEGORY_COLUMNS",
    "DISCOVERY_COLUMNS",
    "EVALUATION_COLUMNS",
    "TAKES_HOLD_COLUMNS",
    "evaluation_samples",
    "mark_responses",
    "measure_gaps",
    "read_evaluation_samples",
    "sample_non_spurious",
    "score_discovery",
    "tabulate_categories",
    "tabulate_evaluation",
    "tabulate_takes_hold",
]
