"""Natural pairs: accuracy where a suspicion is most and least present, without any editing.

In the sense of SpurLens (arXiv 2503.08884). The weakest evidence: whatever else differs between
such pictures differs, too, but for the right answer, which is held fixed.
"""

import numpy as np
import pandas as pd

NATURAL_COLUMNS = (
    *("attribute", "natural_n", "natural_most", "natural_least", "natural_difference"),
    *("natural_low", "natural_high", "natural_p"),
)


def compare_natural_pairs(
    samples: pd.DataFrame,
    responses: pd.DataFrame,
    regions: pd.DataFrame,
    *,
    share: float,
    presence: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Compare accuracy on the pictures that show each suspicion most and least.

    Presence is how surely a picture shows what the suspicion is called, where that was measured.
    Else it is the share of the suspicion's clusters that a picture shows and, where that is the
    same, the nearness to them. A question counts if the suspicion's wrong answer is not its right
    one. Within each right answer the given share of the questions is most present, and as large a
    share of those without any of it least present, in the order of their ids. The differences of
    the strata are weighted by Mantel and Haenszel, with the variance of Sato (1989, Biometrics 45).

    Args:
        samples: A `samples` table.
        responses: The source model's `responses`.
        regions: A `regions` table.
        share: Most that is compared of each right answer's questions on either side.
        presence: A `presence` table, for suspicions with a name.

    Returns:
        The columns of `NATURAL_COLUMNS`: questions on both sides, accuracy where it is most and
        least present, the loss (least minus most) adjusted for the right answer with its 95 %
        interval, and the two-sided p-value. Suspicions that cannot be compared have no row.
    """
    table = samples.sort_values("sample_id", ignore_index=True)
    choice = responses.set_index("sample_id")["choice"].reindex(table["sample_id"])
    numbers = choice.to_numpy(dtype=float, na_value=np.nan)
    text = [o[a] for o, a in zip(table["options"], table["answer"], strict=True)]
    given = ~np.isnan(numbers)
    answers, answer = np.unique(np.array(text, dtype=object)[given], return_inverse=True)
    picture, pictures = pd.factorize(table["image"][given])
    right = (numbers == table["answer"].to_numpy())[given].astype(float)
    rows = []
    for attribute, shown in regions.groupby("attribute", sort=True):
        rank = _presence(shown)
        if presence is not None and (presence["attribute"] == attribute).any():
            rank = _ranked(presence[presence["attribute"] == attribute])
        ranks = rank.reindex(pictures).to_numpy(dtype=float)[picture]
        asked = (answers != shown["wrong"].iloc[0])[answer]
        found = _compared(answer[asked], ranks[asked], right[asked], share)
        if found:
            rows.append({"attribute": attribute, **found})
    return pd.DataFrame(rows, columns=list(NATURAL_COLUMNS))


def _presence(shown: pd.DataFrame) -> pd.Series:
    """Picture -> its rank from 0, the clearest first."""
    best = shown.groupby("image").agg({"share": "max", "distance": "min"}).reset_index()
    ranked = best.sort_values(["share", "distance", "image"], ascending=[False, True, True])
    return pd.Series(np.arange(len(ranked)), index=ranked["image"])


def _ranked(presence: pd.DataFrame) -> pd.Series:
    """Picture -> its rank from 0, that of the highest score; the lower half has none."""
    ordered = presence.sort_values(["score", "image"], ascending=[False, True])
    most = ordered.head(-(-len(ordered) // 2))
    return pd.Series(np.arange(len(most)), index=most["image"])


def _compared(
    answer: np.ndarray, rank: np.ndarray, right: np.ndarray, share: float
) -> dict[str, float]:
    """Compare questions by their right answers' numbers, their pictures' ranks and the outcome."""
    order = np.lexsort((rank, answer))
    answer, rank, right = answer[order], rank[order], right[order]
    most: list[float] = []
    least: list[float] = []
    strata = []
    for part in np.split(np.arange(len(answer)), np.flatnonzero(np.diff(answer)) + 1):
        number = max(1, int(share * len(part)))
        # Pictures without a rank stand behind the others.
        shown = part[~np.isnan(rank[part])]
        present, absent = right[shown[:number]], right[part[len(shown) :][:number]]
        if len(present) and len(absent):
            strata.append((present.sum(), len(present), absent.sum(), len(absent)))
            most += present.tolist()
            least += absent.tolist()
    if len(most) < 2 or len(least) < 2:
        return {}
    loss, error = _mantel_haenszel(np.array(strata, dtype=float))
    if not error > 0:
        return {}
    from scipy.stats import norm

    return {
        "natural_n": len(most) + len(least),
        "natural_most": float(np.mean(most)),
        "natural_least": float(np.mean(least)),
        "natural_difference": loss,
        "natural_low": max(-1.0, loss - norm.ppf(0.975) * error),
        "natural_high": min(1.0, loss + norm.ppf(0.975) * error),
        "natural_p": float(2 * norm.sf(abs(loss) / error)),
    }


def _mantel_haenszel(strata: np.ndarray) -> tuple[float, float]:
    """The pooled difference, the second less the first, and its standard error."""
    right, n, right_least, n_least = strata.T
    total = n + n_least
    weight = n * n_least / total
    loss = ((right_least * n - right * n_least) / total).sum() / weight.sum()
    p = (n_least**2 * right - n**2 * right_least + n * n_least * (n - n_least) / 2) / total**2
    q = (right_least * (n - right) + right * (n_least - right_least)) / (2 * total)
    variance = (loss * p.sum() + q.sum()) / weight.sum() ** 2
    return float(loss), float(np.sqrt(max(variance, 0.0)))
