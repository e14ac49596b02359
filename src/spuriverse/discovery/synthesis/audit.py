"""What became of every image that was asked for, and how good the gates' judgement is."""

from collections.abc import Iterator, Mapping

import pandas as pd

from spuriverse.discovery.synthesis.backends import GROUPS
from spuriverse.discovery.synthesis.gates import GATES, PASSED, UNJUDGED
from spuriverse.statistics import clustered_share

AUDIT_COLUMNS = ["backend", "group", "measure", "n", "count", "share", "low", "high"]

ALL = "all"


def tabulate_synthesis(
    records: pd.DataFrame,
    candidates: pd.DataFrame,
    wanted: Mapping[str, int],
) -> pd.DataFrame:
    """Count images and score the gate of attributes.

    Args:
        records: An `image_records` table.
        candidates: The `candidates` table.
        wanted: Part of the groups -> images that each group should have.

    Returns:
        Columns `AUDIT_COLUMNS`; a row per backend, group (and both together, "all") and measure:

        - "kept", "failed", "filtered" of all images that were made or tried;
        - "turned away: GATE" of the images that came as far as that gate, "unjudged: attribute" of
          those that came to it;
        - "attribute precision" and "attribute recall" of the verdict that an image shows the
          attribute, for both groups together, where the truth is known: shares of those said to
          show it that do, and of those that do that are said to;
        - "short" of the groups (of a candidate and part) that have fewer images than wanted, and
          "empty" of those that have none.

        Intervals are at 95 %, over candidates (`spuriverse.statistics.clustered_share`).
    """
    backend = str(records["backend"].iloc[0])
    rows = []
    for group in (ALL, *GROUPS):
        of_group = records if group == ALL else records[records["group"] == group]
        groups = GROUPS if group == ALL else (group,)
        measures = [
            *_outcomes(of_group),
            *_gates(of_group),
            *(_scores(records) if group == ALL else ()),
            *_short(of_group, candidates, groups, wanted),
        ]
        for measure, counted in measures:
            row = _estimate(counted)
            rows.append({"backend": backend, "group": group, "measure": measure, **row})
    return pd.DataFrame(rows, columns=AUDIT_COLUMNS)


Measure = tuple[str, pd.Series]
"""A name, and for each case whether it counts; the index is the candidate."""


def _outcomes(records: pd.DataFrame) -> Iterator[Measure]:
    yield "kept", _cases(records, records["kept"])
    for outcome in ("failed", "filtered"):
        yield outcome, _cases(records, records["outcome"] == outcome)


def _gates(records: pd.DataFrame) -> Iterator[Measure]:
    for gate in GATES:
        verdicts = _verdicts(records, gate)
        came = records.loc[verdicts.index]
        if came.empty:
            continue
        yield f"turned away: {gate}", _cases(came, ~verdicts.isin([PASSED, UNJUDGED]))
        if gate == "attribute":
            yield f"unjudged: {gate}", _cases(came, verdicts == UNJUDGED)


def _scores(records: pd.DataFrame) -> Iterator[Measure]:
    verdicts = _verdicts(records, "attribute")
    judged = records.loc[verdicts.index[verdicts != UNJUDGED]]
    judged = judged[judged["truth"] != "unknown"]
    if judged.empty:
        return
    agrees = verdicts.loc[judged.index] == PASSED
    judged_present = agrees == (judged["group"] == "spurious")
    shows = judged["truth"] == "present"
    yield "attribute precision", _cases(judged[judged_present], shows[judged_present])
    yield "attribute recall", _cases(judged[shows], judged_present[shows])


def _short(
    records: pd.DataFrame,
    candidates: pd.DataFrame,
    groups: tuple[str, ...],
    wanted: Mapping[str, int],
) -> Iterator[Measure]:
    kept = records[records["kept"]].groupby(["candidate_id", "group", "part"]).size()
    index = pd.MultiIndex.from_product([candidates["candidate_id"], groups, wanted])
    made = kept.reindex(index, fill_value=0)
    by_candidate = pd.Index(index.get_level_values(0))
    goals = index.get_level_values(2).map(wanted)
    yield "short", pd.Series((made.to_numpy() < goals).astype(int), by_candidate)
    yield "empty", pd.Series((made.to_numpy() == 0).astype(int), by_candidate)


def _verdicts(records: pd.DataFrame, gate: str) -> pd.Series:
    """Verdicts of the images that came as far as a gate."""
    found = {
        index: verdict
        for index, gates in records["gates"].items()
        for name, _, verdict in (one.partition(": ") for one in gates)
        if name == gate
    }
    return pd.Series(found, dtype="str")


def _cases(records: pd.DataFrame, counts: pd.Series) -> pd.Series:
    return pd.Series(counts.to_numpy().astype(int), pd.Index(records["candidate_id"]))


def _estimate(counted: pd.Series) -> dict[str, float]:
    n, count = len(counted), int(counted.sum())
    if n == 0:
        nan = float("nan")
        return {"n": 0, "count": 0, "share": nan, "low": nan, "high": nan}
    found = clustered_share(counted.to_numpy(), counted.index.to_numpy())
    return {"n": n, "count": count, "share": found.value, "low": found.low, "high": found.high}
