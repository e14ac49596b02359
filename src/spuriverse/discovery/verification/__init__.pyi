from .counts import COUNTS, count_answers, group_samples
from .decision import gaps_of, keep_at_least, keep_evident, select_types, verify_candidates
from .sequential import Verdicts, decide_in_batches, verify_in_batches
from .strongest import MinimalPair, read_strongest_pairs, strongest_pairs

__all__ = [
    "COUNTS",
    "MinimalPair",
    "Verdicts",
    "count_answers",
    "decide_in_batches",
    "gaps_of",
    "group_samples",
    "keep_at_least",
    "keep_evident",
    "read_strongest_pairs",
    "select_types",
    "strongest_pairs",
    "verify_candidates",
    "verify_in_batches",
]
