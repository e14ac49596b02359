"""The gap of every candidate, and the decision."""

import logging

import numpy as np
import pandas as pd

from spuriverse.discovery.verification.counts import count_answers
from spuriverse.discovery.verification.multiplicity import confirm
from spuriverse.questions import PROTOCOL
from spuriverse.statistics import (
    benjamini_hochberg,
    exact_difference,
    exact_paired_difference,
    fisher_one_sided,
    paired_one_sided,
)

log = logging.getLogger(__name__)


def verify_candidates(
    asked: pd.DataFrame,
    responses: pd.DataFrame,
    *,
    threshold: float,
    false_discovery_rate: float,
    paired: bool = False,
    evidence: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Measure the gap of every candidate and model, and decide.

    Paper: a candidate is kept if the gap exceeds the threshold for any of the models (SpuriVerse,
    section on verification). Chance alone passes some with so few images, so the corrected
    decision asks an exact one-sided test to agree, with control of the false discovery rate over
    candidates (`confirm`): Fisher's test, or the unconditional test of pairs if the images are
    minimal pairs; many candidates with minimal pairs are judged by the symmetry of chance. In the
    sequential design an e-process takes the place of the test; a candidate's e-value is the mean
    over its models, and Benjamini-Hochberg on 1/e is the e-BH procedure (Wang and Ramdas 2022,
    Journal of the Royal Statistical Society B 84(3)).

    Args:
        asked: As `group_samples` returns it.
        responses: A `responses` table over these questions, of any number of models.
        threshold: Least gap = accuracy(core group) - accuracy(spurious group).
        false_discovery_rate: Level of the Benjamini-Hochberg procedure.
        paired: As in `count_answers`.
        evidence: In the sequential design, candidate_id, model and e_value.

    Returns:
        A `verification` table; q_value is the candidate's, the same for all models. The decision
        rests on the images of part "selection"; fresh_gap is
        measured on images that took no part in it. Intervals are exact, at 95 %. The gap that
        decided in the sequential design has none: the number of its images depends on it.

    Raises:
        Problem: There is nothing to verify, or a model answered nothing at all.
    """
    counts = count_answers(asked, responses, paired=paired)
    decided, fresh = counts.xs("selection", level="part"), counts.xs("fresh", level="part")
    table = decided.index.to_frame(index=False)
    table["n_core"], table["n_spurious"] = decided["n_core"].array, decided["n_spurious"].array
    for group in ("core", "spurious"):
        share = decided[f"right_{group}"] / decided[f"n_{group}"].where(decided[f"n_{group}"] > 0)
        table[f"acc_{group}"] = share.array
    table["gap"] = gaps_of(decided)
    table[["gap_low", "gap_high"]] = _intervals(decided, paired) if evidence is None else np.nan
    table["test"], table["p_value"] = _test(decided, paired, evidence)
    table["kept_paper"] = table["gap"] > threshold
    if evidence is None:
        found = _confirm(table, threshold, false_discovery_rate, paired)
        table["q_value"], table["kept_corrected"] = found
    else:
        table["q_value"] = _q_of_evidence(table, evidence)
        sure = (table["q_value"] <= false_discovery_rate) & (table["p_value"] < 1)
        table["kept_corrected"] = table["kept_paper"] & sure
    table["kept"] = table[f"kept_{PROTOCOL}"]
    table["fresh_n"] = (fresh["n_core"] + fresh["n_spurious"]).array
    table["fresh_gap"] = gaps_of(fresh)
    table[["fresh_low", "fresh_high"]] = _intervals(fresh, paired)
    return table


def keep_at_least(
    verification: pd.DataFrame, candidates: pd.DataFrame, least_attributes: int
) -> pd.DataFrame:
    """Keep what comes closest if too few attributes are kept; a warning names them.

    A run in miniature needs types whatever its models have learned. `kept_paper` and
    `kept_corrected` go on saying what the decisions are.

    Args:
        verification: As `verify_candidates` returns it.
        candidates: A `candidates` table.
        least_attributes: Attributes of which a candidate is kept.

    Returns:
        The table with more rows kept: of every further attribute the candidate that has fresh
        images, the least p-value and the largest gap, in this order. What has no gap is left out.
    """
    ranked = verification[verification["gap"].notna()].assign(
        unseen=lambda rows: rows["fresh_n"] == 0, distance=lambda rows: -rows["gap"]
    )
    ranked = ranked.sort_values(["unseen", "p_value", "distance", "candidate_id"])
    chosen = _closest(ranked["candidate_id"], verification, candidates, least_attributes)
    kept = verification["kept"] | verification["candidate_id"].isin(chosen)
    return verification.assign(kept=kept)


def keep_evident(
    evidence: pd.DataFrame, candidates: pd.DataFrame, least_attributes: int
) -> pd.DataFrame:
    """Do the same after the last batch of the sequential design, before fresh images are made.

    Args:
        evidence: As `verify_in_batches` returns it.
        candidates: A `candidates` table.
        least_attributes: Attributes of which a candidate is kept.
    """
    ranked = evidence.sort_values(["e_value", "candidate_id"], ascending=[False, True])
    before = evidence.assign(kept=evidence["status"] == "kept")
    chosen = _closest(ranked["candidate_id"], before, candidates, least_attributes)
    status = evidence["status"].mask(evidence["candidate_id"].isin(chosen), "kept")
    return evidence.assign(status=status)


def _closest(
    ranked: pd.Series, decided: pd.DataFrame, candidates: pd.DataFrame, least: int
) -> list[str]:
    """Return the first candidate of each attribute of which none is kept, as many as are short."""
    attribute = candidates.set_index("candidate_id")["attribute"]
    have = set(attribute.reindex(decided.loc[decided["kept"], "candidate_id"]))
    others = ranked[~ranked.map(attribute).isin(have)]
    first = others[~others.map(attribute).duplicated()].head(max(0, least - len(have)))
    if len(first):
        log.warning(
            "Kept %s against the decision, since verification.least_attributes asks for %d",
            ", ".join(first),
            least,
        )
    return list(first)


def _confirm(
    table: pd.DataFrame, threshold: float, false_discovery_rate: float, paired: bool
) -> tuple[np.ndarray, np.ndarray]:
    """The q-value and the corrected decision of every row."""
    wide = table.pivot(index="candidate_id", columns="model", values=["p_value", "gap"])
    p, gaps = wide["p_value"].fillna(1), wide["gap"]
    q, confirmed = confirm(
        p.to_numpy(float),
        gaps.to_numpy(float),
        threshold=threshold,
        false_discovery_rate=false_discovery_rate,
        paired=paired,
    )
    rows = p.index.get_indexer(table["candidate_id"])
    return q[rows], confirmed[rows, p.columns.get_indexer(table["model"])]


def _q_of_evidence(table: pd.DataFrame, evidence: pd.DataFrame) -> np.ndarray:
    """The q-value of every row by e-BH over candidates; without evidence an e-value is 0."""
    e = evidence.groupby("candidate_id")["e_value"].mean()
    candidates = table["candidate_id"].drop_duplicates()
    e_values = np.maximum(1, e.reindex(candidates).fillna(0).to_numpy())
    q = pd.Series(benjamini_hochberg(1 / e_values), index=candidates)
    return q.loc[table["candidate_id"]].to_numpy()


def gaps_of(counts: pd.DataFrame) -> np.ndarray:
    """Return the gap of every row of counts, as `gaps_between` does."""
    columns = ("right_core", "n_core", "right_spurious", "n_spurious")
    return gaps_between(*(counts[column].to_numpy() for column in columns))


def gaps_between(
    right_core: np.ndarray, n_core: np.ndarray, right_spurious: np.ndarray, n_spurious: np.ndarray
) -> np.ndarray:
    """Return accuracy(core group) - accuracy(spurious group); missing where a group is empty.

    Counts are subtracted before anything is divided: 0.9 - 0.6 exceeds 0.3 in floating point.
    """
    lead = right_core * n_spurious - right_spurious * n_core
    both = (n_core * n_spurious).astype(float)
    return np.where(both > 0, lead / np.where(both > 0, both, 1), np.nan)


def _intervals(counts: pd.DataFrame, paired: bool) -> list[tuple[float, float]]:
    if paired:
        columns = counts[["only_core", "only_spurious", "n_core"]]
        return [exact_paired_difference(*map(int, row)) for row in columns.itertuples(index=False)]
    columns = counts[["right_core", "n_core", "right_spurious", "n_spurious"]]
    return [exact_difference(*map(int, row)) for row in columns.itertuples(index=False)]


def _test(
    counts: pd.DataFrame, paired: bool, evidence: pd.DataFrame | None
) -> tuple[str, np.ndarray]:
    if evidence is not None:
        e = evidence.set_index(["candidate_id", "model"])["e_value"].reindex(counts.index)
        return "e-process", 1 / np.maximum(1, e.fillna(0).to_numpy())
    if paired:
        pairs = (counts[c] for c in ("only_core", "only_spurious", "n_core"))
        return "unconditional", paired_one_sided(*pairs)
    return "fisher", fisher_one_sided(
        *(counts[c] for c in ("right_core", "n_core", "right_spurious", "n_spurious"))
    )


def select_types(candidates: pd.DataFrame, verification: pd.DataFrame) -> pd.DataFrame:
    """Return the `types` table: the candidates that any model's gap confirms."""
    kept = verification.loc[verification["kept"], "candidate_id"].unique()
    types = candidates[candidates["candidate_id"].isin(kept)].copy()
    types["type_id"] = types["candidate_id"]
    columns = ["type_id", "sample_id", "candidate_id", "attribute", "kind", "predicted"]
    return types[columns].reset_index(drop=True)
