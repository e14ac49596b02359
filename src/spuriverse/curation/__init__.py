"""From a model's answers to candidates: an error with a hypothesised spurious attribute."""

from spuriverse.curation.acceptance import (
    accepted_candidates,
    read_decisions,
    settle_candidates,
)
from spuriverse.curation.acts import reviewer_name
from spuriverse.curation.agreement import AGREEMENT_COLUMNS, agreement
from spuriverse.curation.annotation import choose_candidates, propose_attributes
from spuriverse.curation.core_and_spurious import describe_with_lvlm
from spuriverse.curation.errors import collect_errors
from spuriverse.curation.funnel import (
    CHANGE_COLUMNS,
    COUNTED_COLUMNS,
    FUNNEL_COLUMNS,
    Curated,
    count_funnel,
    explain_changes,
)
from spuriverse.curation.kinds import KINDS
from spuriverse.curation.lvlm import annotate_with_lvlm
from spuriverse.curation.recorded import RECORDED_VERDICT_COLUMNS, annotate_from_records
from spuriverse.curation.reviews import ReviewStore
from spuriverse.curation.settlement import disagreements, settle, waiting

__all__ = [
    "AGREEMENT_COLUMNS",
    "CHANGE_COLUMNS",
    "COUNTED_COLUMNS",
    "FUNNEL_COLUMNS",
    "KINDS",
    "RECORDED_VERDICT_COLUMNS",
    "Curated",
    "ReviewStore",
    "accepted_candidates",
    "agreement",
    "annotate_from_records",
    "annotate_with_lvlm",
    "choose_candidates",
    "collect_errors",
    "count_funnel",
    "describe_with_lvlm",
    "disagreements",
    "explain_changes",
    "propose_attributes",
    "read_decisions",
    "reviewer_name",
    "settle",
    "settle_candidates",
    "waiting",
]
