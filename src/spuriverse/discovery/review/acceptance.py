"""Which candidates go on: those that are accepted, once none waits for a decision."""

from pathlib import Path

import pandas as pd

from spuriverse.discovery.review.decisions import FIELDS
from spuriverse.discovery.review.reviews import ReviewStore
from spuriverse.discovery.review.settlement import settle, waiting
from spuriverse.problems import Pause, Problem

REVIEW_COMMAND = "`make review`, or `snakemake review`"


def settle_candidates(annotated: pd.DataFrame, *, review: str, decisions: str) -> pd.DataFrame:
    """Settle the status of every candidate from the decisions made so far.

    Args:
        annotated: A `candidates` table in which all are proposed.
        review: "auto", or "human" for the reviewers' decisions.
        decisions: The reviewers' file; if it is missing, nothing is decided.

    Returns:
        The table as `settle` leaves it.

    Raises:
        Problem: The file is not a database of review decisions.
    """
    if review == "auto":
        return settle(annotated, pd.DataFrame(), review)
    return settle(annotated, read_decisions(decisions), review)


def read_decisions(path: str) -> pd.DataFrame:
    """Return the standing decisions of all reviewers; none if there is no such file yet.

    Raises:
        Problem: The file is not a database of review decisions.
    """
    if not Path(path).exists():
        return pd.DataFrame(columns=list(FIELDS))
    with ReviewStore(path) as store:
        return store.decisions()


def accepted_candidates(
    settled: pd.DataFrame, *, review: str, command: str = REVIEW_COMMAND
) -> pd.DataFrame:
    """Return the accepted candidates, if all are decided.

    Args:
        settled: As `settle_candidates` returns it.
        review: "auto" or "human"; without people, a candidate that names no attribute is left out.
        command: What opens the review page, for the message.

    Raises:
        Pause: Candidates wait for a decision.
        Problem: None was accepted.
    """
    left = waiting(settled)
    if review == "human" and left:
        raise Pause(
            f"{left} of {len(settled)} candidates wait for a decision: run {command} with this"
            " run's --configfile, decide on the page, and run this again."
        )
    accepted = settled[settled["status"] == "accepted"].reset_index(drop=True)
    if accepted.empty:
        raise Problem(_none_accepted(len(settled), review))
    return accepted


def _none_accepted(n: int, review: str) -> str:
    if review == "human":
        return f"All {n} candidates were rejected, so nothing is left to go on with."
    return (
        f"None of {n} candidates names an attribute, so none can be accepted without people: set"
        " curation.review to human, or choose another curation.annotator."
    )
