"""Counterfactual images of a candidate: the same question, with and without the attribute."""

from spuriverse.synthesis.published import Adopted, adopt_types
from spuriverse.synthesis.world import synthesise_groups

__all__ = ["Adopted", "adopt_types", "synthesise_groups"]
