"""Which candidates are confirmed as spurious correlations."""

from spuriverse.verification.decision import group_samples, select_types, verify_candidates

__all__ = ["group_samples", "select_types", "verify_candidates"]
