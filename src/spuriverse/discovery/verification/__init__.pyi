from .counts import COUNTS, count_answers, group_samples
from .decision import gaps_of, keep_at_least, keep_evident, select_types, verify_candidates
from .sequential import Verdicts, decide_in_batches, verify_in_batches

__all__ = [
    "COUNTS",
    "Verdicts",
    "count_answers",
    "decide_in_batches",
    "gaps_of",
    "group_samples",
    "keep_at_least",
    "keep_evident",
    "select_types",
    "verify_candidates",
    "verify_in_batches",
]
