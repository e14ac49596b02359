"""What models are asked: anchors, groups and the non-spurious set."""

from spuriverse.evaluation.accuracies import (
    CATEGORY_COLUMNS,
    EVALUATION_COLUMNS,
    tabulate_categories,
    tabulate_evaluation,
)
from spuriverse.evaluation.sets import (
    evaluation_samples,
    read_evaluation_samples,
    sample_non_spurious,
)

__all__ = [
    "CATEGORY_COLUMNS",
    "EVALUATION_COLUMNS",
    "evaluation_samples",
    "read_evaluation_samples",
    "sample_non_spurious",
    "tabulate_categories",
    "tabulate_evaluation",
]
