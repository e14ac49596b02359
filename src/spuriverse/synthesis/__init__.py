"""Counterfactual images of a candidate: the same question, with and without the attribute."""

from spuriverse.synthesis.world import synthesise_groups

__all__ = ["synthesise_groups"]
