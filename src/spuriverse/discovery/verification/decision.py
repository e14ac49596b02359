"""The gap of every candidate, and the decision."""

import logging
from typing import Any

import numpy as np
import pandas as pd

from spuriverse.discovery.verification.counts import compare_pairs, count_answers
from spuriverse.discovery.verification.multiplicity import confirm, confirm_pairs, gaps_of_pairs
from spuriverse.questions import PROTOCOL
from spuriverse.statistics import (
    benjamini_hochberg,
    exact_difference,
    exact_paired_difference,
    exchange_pairs,
    fisher_one_sided,
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
    candidates: Fisher's test (`confirm`), or the exchange of pairs if the images are minimal pairs
    (`confirm_pairs`). In the sequential design an e-process takes the place of the test; a
    candidate's e-value is the mean over its models, and Benjamini-Hochberg on 1/e is the e-BH
    procedure (Wang and Ramdas 2022, Journal of the Royal Statistical Society B 84(3)).

    Args:
        asked: As `group_samples` returns it.
        responses: A `responses` table over these questions, of any number of models.
        threshold: Least gap = accuracy(core group) - accuracy(spurious group).
        false_discovery_rate: Level over candidates.
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
    table["kept_paper"] = table["gap"] > threshold
    level = {"threshold": threshold, "false_discovery_rate": false_discovery_rate}
    if evidence is not None:
        found = _by_evidence(table, evidence, false_discovery_rate)
    elif paired:
        found = _by_exchange(table, compare_pairs(asked, responses), **level)
    else:
        found = _by_fisher(table, decided, **level)
    for column, values in found.items():
        table[column] = values
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


def _by_fisher(
    table: pd.DataFrame, decided: pd.DataFrame, threshold: float, false_discovery_rate: float
) -> dict[str, Any]:
    """What decides on every row: test, p_value, q_value and kept_corrected."""
    counted = ("right_core", "n_core", "right_spurious", "n_spurious")
    p_values = fisher_one_sided(*(decided[column] for column in counted))
    wide = table.assign(p=p_values).pivot(
        index="candidate_id", columns="model", values=["p", "gap"]
    )
    p, gaps = wide["p"].fillna(1), wide["gap"]
    q, confirmed = confirm(
        p.to_numpy(float),
        gaps.to_numpy(float),
        threshold=threshold,
        false_discovery_rate=false_discovery_rate,
    )
    rows, columns = _places(table, p.index, p.columns)
    return {
        "test": "fisher",
        "p_value": p_values,
        "q_value": q[rows],
        "kept_corrected": confirmed[rows, columns],
    }


def _by_exchange(
    table: pd.DataFrame, pairs: pd.DataFrame, threshold: float, false_discovery_rate: float
) -> dict[str, Any]:
    candidates, models = (pd.Index(table[key].unique()) for key in ("candidate_id", "model"))
    full = pd.MultiIndex.from_product([candidates, models], names=pairs.index.names)
    known = pairs.reindex(full).to_numpy(float)
    known = known.reshape(len(candidates), len(models), pairs.shape[1])
    differences, answered = np.nan_to_num(known).astype(np.int8), (~np.isnan(known)).sum(axis=2)
    chances = zip(
        exchange_pairs(differences, answered), gaps_of_pairs(differences, answered), strict=True
    )
    p = np.stack([exchanged.of(gaps) for exchanged, gaps in chances])
    q, confirmed = confirm_pairs(
        differences,
        answered,
        threshold=threshold,
        false_discovery_rate=false_discovery_rate,
    )
    rows, columns = _places(table, candidates, models)
    return {
        "test": "exchange",
        "p_value": p[rows, columns],
        "q_value": q[rows],
        "kept_corrected": confirmed[rows, columns],
    }


def _by_evidence(
    table: pd.DataFrame, evidence: pd.DataFrame, false_discovery_rate: float
) -> dict[str, Any]:
    """The q-value of every row is that of e-BH over candidates; without evidence e is 0."""
    rows = pd.MultiIndex.from_frame(table[["candidate_id", "model"]])
    e = evidence.set_index(["candidate_id", "model"])["e_value"].reindex(rows).fillna(0)
    candidates = table["candidate_id"].drop_duplicates()
    mean = evidence.groupby("candidate_id")["e_value"].mean().reindex(candidates).fillna(0)
    q = pd.Series(benjamini_hochberg(1 / np.maximum(1, mean.to_numpy())), index=candidates)
    q_values, p_values = q.loc[table["candidate_id"]].to_numpy(), 1 / np.maximum(1, e.to_numpy())
    sure = (q_values <= false_discovery_rate) & (p_values < 1)
    return {
        "test": "e-process",
        "p_value": p_values,
        "q_value": q_values,
        "kept_corrected": table["kept_paper"] & sure,
    }


def _places(
    table: pd.DataFrame, candidates: pd.Index, models: pd.Index
) -> tuple[np.ndarray, np.ndarray]:
    """Where the candidate and the model of each row stand."""
    return candidates.get_indexer(table["candidate_id"]), models.get_indexer(table["model"])


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


def select_types(candidates: pd.DataFrame, verification: pd.DataFrame) -> pd.DataFrame:
    """Return the `types` table: the candidates that any model's gap confirms."""
    kept = verification.loc[verification["kept"], "candidate_id"].unique()
    types = candidates[candidates["candidate_id"].isin(kept)].copy()
    types["type_id"] = types["candidate_id"]
    columns = ["type_id", "sample_id", "candidate_id", "attribute", "kind", "predicted"]
    return types[columns].reset_index(drop=True)
