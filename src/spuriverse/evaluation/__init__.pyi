from .accuracies import (
    CATEGORY_COLUMNS,
    EVALUATION_COLUMNS,
    MARKED_COLUMNS,
    mark_responses,
    tabulate_categories,
    tabulate_evaluation,
)
from .consistency import (
    BLIND_COLUMNS,
    BLIND_SHOWN,
    CONSISTENCY_COLUMNS,
    CONSISTENCY_SHOWN,
    blind_results,
    consistency_results,
)
from .expected import expected_groups, expected_samples
from .inspection import hardest_sample, predictions_in_chunks, tabulate_predictions
from .prompting import PROMPTING_COLUMNS, PROMPTING_SHOWN, compare_by_strategy, prompting_results
from .published import read_published
from .results import (
    MAIN_COLUMNS,
    MAIN_SHOWN,
    OUTCOMES,
    count_outcomes,
    estimate_accuracy,
    finish_table,
    main_results,
    only_protocol,
)
from .sets import evaluation_samples, read_evaluation_samples, sample_non_spurious

__all__ = [
    "BLIND_COLUMNS",
    "BLIND_SHOWN",
    "CATEGORY_COLUMNS",
    "CONSISTENCY_COLUMNS",
    "CONSISTENCY_SHOWN",
    "EVALUATION_COLUMNS",
    "MAIN_COLUMNS",
    "MAIN_SHOWN",
    "MARKED_COLUMNS",
    "OUTCOMES",
    "PROMPTING_COLUMNS",
    "PROMPTING_SHOWN",
    "blind_results",
    "compare_by_strategy",
    "consistency_results",
    "count_outcomes",
    "estimate_accuracy",
    "evaluation_samples",
    "expected_groups",
    "expected_samples",
    "finish_table",
    "hardest_sample",
    "main_results",
    "mark_responses",
    "only_protocol",
    "predictions_in_chunks",
    "prompting_results",
    "read_evaluation_samples",
    "read_published",
    "sample_non_spurious",
    "tabulate_categories",
    "tabulate_evaluation",
    "tabulate_predictions",
]
