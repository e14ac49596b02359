"""Measures of how well, how evenly and how steadily a model answers."""

from spuriverse.metrics.accuracy import accuracy, consistency, gap, macro_std, worst_group

__all__ = ["accuracy", "consistency", "gap", "macro_std", "worst_group"]
