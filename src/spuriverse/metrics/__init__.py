"""Measures of how well, how evenly and how steadily a model answers, and what it relies on."""

from spuriverse.metrics.accuracy import accuracy, consistency, gap, macro_std, worst_group
from spuriverse.metrics.cgla import SIGNATURES, cgla, signature
from spuriverse.metrics.separation import separation

__all__ = [
    "SIGNATURES",
    "accuracy",
    "cgla",
    "consistency",
    "gap",
    "macro_std",
    "separation",
    "signature",
    "worst_group",
]
