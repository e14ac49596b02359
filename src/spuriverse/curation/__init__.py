"""From a model's answers to candidates: an error with a hypothesised spurious attribute."""

from spuriverse.curation.annotation import choose_candidates, propose_attributes
from spuriverse.curation.errors import collect_errors

__all__ = ["choose_candidates", "collect_errors", "propose_attributes"]
