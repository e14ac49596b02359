"""From annotated candidates and the reviewers' decisions to what is accepted and rejected."""

import logging
from typing import Any

import pandas as pd

from spuriverse.problems import Problem

log = logging.getLogger(__name__)

MODES = ("auto", "human")
DISAGREEMENT_COLUMNS = ["candidate_id", "accepted_by", "rejected_by", "attributes", "resolved"]
_EDITED = ("attribute", "spurious_description", "core_description")

Row = dict[Any, Any]


def settle(annotated: pd.DataFrame, decisions: pd.DataFrame, mode: str) -> pd.DataFrame:
    """Settle the status of every candidate.

    In mode `auto` every candidate with an attribute is accepted. In mode `human` a candidate is
    accepted or rejected if all who decided did the same, with the same attribute; the descriptions
    are those of the last of them. Where they differ it stays proposed until a resolution, of which
    the last one counts. A skip decides nothing.

    Args:
        annotated: A `candidates` table in which all are proposed.
        decisions: As `ReviewStore.decisions` returns them; not read in mode `auto`.
        mode: "auto" or "human".

    Returns:
        The table with status, attribute, kind, descriptions, reviewer and note settled, its rows
        and columns in the same order. `reviewer` holds the names in alphabetical order, joined by
        ", ", or "auto".

    Raises:
        Problem: The mode is unknown.
    """
    if mode not in MODES:
        raise Problem(f"The review mode is {mode!r}; give one of {', '.join(MODES)}.")
    if mode == "auto":
        named = annotated["attribute"] != ""
        return annotated.assign(
            status=annotated["status"].mask(named, "accepted"),
            reviewer=annotated["reviewer"].mask(named, "auto"),
        )
    by_candidate = _by_candidate(decisions)
    if strangers := by_candidate.keys() - set(annotated["candidate_id"]):
        log.warning(
            "%d candidates were reviewed but are not among those annotated now, %s for one",
            len(strangers),
            min(strangers),
        )
    rows = [
        _settled(row, by_candidate.get(row["candidate_id"], []))
        for row in annotated.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=annotated.columns).astype(annotated.dtypes)


def waiting(settled: pd.DataFrame) -> int:
    """Return how many candidates `settle` has left neither accepted nor rejected."""
    return int((settled["status"] == "proposed").sum())


def disagreements(decisions: pd.DataFrame) -> pd.DataFrame:
    """List the candidates about which the reviewers differ.

    Args:
        decisions: As `ReviewStore.decisions` returns them.

    Returns:
        One row per candidate in the order of the ids: candidate_id; accepted_by and rejected_by,
        names joined by ", "; attributes, those with which it was accepted, joined by " | ";
        resolved, whether a resolution has settled it.
    """
    rows = []
    for candidate_id, acts in sorted(_by_candidate(decisions).items()):
        judgements = [act for act in acts if not act["resolves"]]
        if _agreed(judgements) or not judgements:
            continue
        accepted = [act for act in judgements if act["act"] == "accept"]
        rejected = [act for act in judgements if act["act"] == "reject"]
        rows.append(
            {
                "candidate_id": candidate_id,
                "accepted_by": _names(accepted),
                "rejected_by": _names(rejected),
                "attributes": " | ".join(sorted({act["attribute"] for act in accepted})),
                "resolved": len(judgements) < len(acts),
            }
        )
    return pd.DataFrame(rows, columns=DISAGREEMENT_COLUMNS)


def _by_candidate(decisions: pd.DataFrame) -> dict[str, list[Row]]:
    """Collect the acts that decide, in the order made."""
    found: dict[str, list[Row]] = {}
    deciding = decisions[decisions["act"] != "skip"].sort_values(["made", "act_id"])
    for act in deciding.to_dict("records"):
        found.setdefault(act["candidate_id"], []).append(act)
    return found


def _settled(candidate: Row, acts: list[Row]) -> Row:
    resolutions = [act for act in acts if act["resolves"]]
    if not resolutions and not _agreed(acts):
        return candidate
    deciding = resolutions[-1] if resolutions else acts[-1]
    settled = {**candidate, "reviewer": _names(acts), "note": _notes(resolutions[-1:] or acts)}
    if deciding["act"] == "reject":
        return {**settled, "status": "rejected"}
    edited = {name: deciding[name] for name in _EDITED}
    kind = edited["attribute"].partition(":")[0]
    return {**settled, **edited, "kind": kind, "status": "accepted"}


def _agreed(judgements: list[Row]) -> bool:
    """Whether there is one judgement at least, and all are the same."""
    judged = {
        (act["act"], act["attribute"] if act["act"] == "accept" else "") for act in judgements
    }
    return len(judged) == 1


def _names(acts: list[Row]) -> str:
    return ", ".join(sorted({act["reviewer"] for act in acts}))


def _notes(acts: list[Row]) -> str:
    return "; ".join(dict.fromkeys(act["note"] for act in acts if act["note"]))
