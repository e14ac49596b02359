from .acceptance import accepted_candidates, read_decisions, settle_candidates
from .acts import reviewer_name
from .agreement import AGREEMENT_COLUMNS, tabulate_agreement
from .decisions import decisions_sha256
from .reviews import ReviewStore
from .settlement import disagreements, settle, waiting

__all__ = [
    "AGREEMENT_COLUMNS",
    "ReviewStore",
    "accepted_candidates",
    "decisions_sha256",
    "disagreements",
    "read_decisions",
    "reviewer_name",
    "settle",
    "settle_candidates",
    "tabulate_agreement",
    "waiting",
]
