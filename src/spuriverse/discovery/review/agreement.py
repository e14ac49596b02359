"""How far the reviewers agree beyond chance on what to accept."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spuriverse.problems import Problem

AGREEMENT_COLUMNS = ["measure", "reviewers", "n", "value", "low", "high"]
LEVEL = 0.95
_MISSING, _REJECT, _ACCEPT = -1, 0, 1

# Distinct patterns of ratings, shape (patterns, reviewers), and how many candidates show each.
Measure = Callable[[NDArray[np.int64], NDArray[np.int64]], float]


def tabulate_agreement(
    decisions: pd.DataFrame, *, resamples: int = 2000, seed: int = 0
) -> pd.DataFrame:
    """Measure the agreement of the reviewers on accepting and rejecting.

    Only the judgements that the reviewers gave by themselves count, not the resolutions; and only
    candidates that two or more have judged. Two reviewers are compared by Cohen's kappa (1960,
    Educational and Psychological Measurement 20(1)), more by Krippendorff's alpha for nominal
    data, which allows for candidates that some did not judge (Krippendorff 2004, Content
    Analysis).

    Args:
        decisions: As `ReviewStore.decisions` returns them.
        resamples: Number of bootstrap resamples of the candidates.
        seed: Seed of the resampling.

    Returns:
        Two rows: raw_agreement, the share of pairs of judgements about the same candidate that
        agree, averaged over candidates; and cohens_kappa or krippendorffs_alpha. Columns:
        reviewers, the names joined by ", "; n, the candidates; value; low and high, the 95 %
        percentile interval. What is not defined is NaN: everything without candidates, kappa and
        alpha where all judgements are the same. Resamples in which a measure is not defined are
        left out of its interval.

    Raises:
        Problem: `resamples` is less than 1.
    """
    if resamples < 1:
        raise Problem(f"The bootstrap got resamples={resamples}; ask for at least 1.")
    ratings = _ratings(decisions)
    patterns, counts = np.unique(ratings.to_numpy(), axis=0, return_counts=True)
    measures: dict[str, Measure] = {"raw_agreement": _raw_agreement}
    if ratings.shape[1] > 2:
        measures["krippendorffs_alpha"] = _krippendorffs_alpha
    else:
        measures["cohens_kappa"] = _cohens_kappa
    rows = []
    for name, measure in measures.items():
        value, low, high = _with_interval(measure, patterns, counts, resamples, seed)
        rows.append((name, ", ".join(ratings.columns), len(ratings), value, low, high))
    return pd.DataFrame(rows, columns=AGREEMENT_COLUMNS)


def _ratings(decisions: pd.DataFrame) -> pd.DataFrame:
    """Return one row per candidate that two or more judged, one column per reviewer of such."""
    judged = decisions[(decisions["act"] != "skip") & ~decisions["resolves"]]
    codes = judged["act"].map({"reject": _REJECT, "accept": _ACCEPT}).astype("int64")
    table = judged.assign(code=codes).pivot(index="candidate_id", columns="reviewer", values="code")
    shared = table[table.notna().sum(axis=1) >= 2].dropna(axis=1, how="all")
    return shared.fillna(_MISSING).astype("int64")


def _with_interval(
    measure: Measure,
    patterns: NDArray[np.int64],
    counts: NDArray[np.int64],
    resamples: int,
    seed: int,
) -> tuple[float, float, float]:
    n = int(counts.sum())
    if n == 0:
        return np.nan, np.nan, np.nan
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(n, counts / n, size=resamples)
    values = np.array([measure(patterns, resample) for resample in drawn])
    values = values[~np.isnan(values)]
    value = measure(patterns, counts)
    if np.isnan(value) or not values.size:
        return value, np.nan, np.nan
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return value, float(low), float(high)


def _raw_agreement(patterns: NDArray[np.int64], counts: NDArray[np.int64]) -> float:
    rejects, accepts = _tallies(patterns).T
    judges = rejects + accepts
    agreeing = rejects * (rejects - 1) + accepts * (accepts - 1)
    return float(counts @ (agreeing / (judges * (judges - 1))) / counts.sum())


def _cohens_kappa(patterns: NDArray[np.int64], counts: NDArray[np.int64]) -> float:
    from statsmodels.stats.inter_rater import cohens_kappa

    table = np.zeros((2, 2))
    np.add.at(table, tuple(patterns.T), counts)
    if _one_category(patterns, counts):
        return np.nan
    return float(cohens_kappa(table, return_results=False))


def _krippendorffs_alpha(patterns: NDArray[np.int64], counts: NDArray[np.int64]) -> float:
    import krippendorff

    if _one_category(patterns, counts):
        return np.nan
    tallies = np.repeat(_tallies(patterns), counts, axis=0)
    return float(krippendorff.alpha(value_counts=tallies, level_of_measurement="nominal"))


def _tallies(patterns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count the rejections and acceptances of every pattern, shape (patterns, 2)."""
    return np.stack([(patterns == code).sum(axis=1) for code in (_REJECT, _ACCEPT)], axis=1)


def _one_category(patterns: NDArray[np.int64], counts: NDArray[np.int64]) -> bool:
    return bool((counts @ _tallies(patterns) == 0).any())
