"""Whether heat maps tell fooled from right answers, and whether they mark what matters."""

from typing import Any

import pandas as pd

from spuriverse.statistics import clustered_mean, roc_area

MEASURES = (
    "share_spurious",
    "share_object",
    "iou_spurious",
    "iou_object",
    "on_attribute",
    "effect_spurious",
    "effect_object",
)
"""Numbers of a map that may tell fooled from right answers; an effect needs no map."""

LEAST = 5
"""Fewest fooled and fewest right answers of which an area is estimated: of fewer, the bootstrap
knows too little to give an interval."""

HEATMAP_COLUMNS = [
    "model",
    "method",
    "condition",
    "measure",
    "n_fooled",
    "n_right",
    "mean_fooled",
    "mean_right",
    "auc",
    "low",
    "high",
    "auc_within_type",
    "within_low",
    "within_high",
]
OCCLUSION_COLUMNS = [
    "model",
    "method",
    "condition",
    "n",
    "undefined",
    "rank_correlation",
    "low",
    "high",
]

HEATMAP_SHOWN = {
    "model": "{model}",
    "map": "{method}",
    "prompt": "{condition}",
    "measure": "{measure}",
    "fooled": "{n_fooled}",
    "right": "{n_right}",
    "AUC": "{auc:.3f} [{low:.3f}, {high:.3f}]",
    "AUC within type": "{auc_within_type:.3f} [{within_low:.3f}, {within_high:.3f}]",
}
OCCLUSION_SHOWN = {
    "model": "{model}",
    "map": "{method}",
    "prompt": "{condition}",
    "n": "{n}",
    "rank correlation": "{rank_correlation:.3f} [{low:.3f}, {high:.3f}]",
}


def tabulate_heatmaps(
    maps: pd.DataFrame, attributes: pd.DataFrame, *, seed: int, resamples: int = 2000
) -> pd.DataFrame:
    """Estimate how well each measure of a map separates fooled from right answers.

    Args:
        maps: A `heatmaps` table of any number of models.
        attributes: The `attributes` of its samples.
        seed: Seed of the intervals.
        resamples: Bootstrap resamples; whole spurious attributes are drawn.

    Returns:
        Columns `HEATMAP_COLUMNS`. auc is the share of pairs of a fooled and a right answer in which
        the fooled one has the greater value; auc_within_type counts pairs of the same types only,
        whose regions are of like size. Both are missing where fewer than `LEAST` answers are fooled
        or right. Answers that are neither are left out, and so are samples without the mask that a
        measure needs.
    """
    joined = maps.merge(attributes[["sample_id", "spurious", "spurious_types"]], on="sample_id")
    joined["stratum"] = joined["spurious_types"].map(" + ".join)
    rows = []
    keys = ["model", "method", "condition"]
    for (model, method, condition), part in joined.groupby(keys, sort=False):
        for measure in MEASURES:
            by = _method(method, str(condition), measure)
            if by is not None:
                known = part[part[measure].notna() & part["outcome"].isin(("fooled", "right"))]
                names = {"model": model, "method": by, "condition": condition, "measure": measure}
                rows.append(names | _separate(known, measure, seed, resamples))
    return pd.DataFrame(rows, columns=HEATMAP_COLUMNS)


def _method(method: str, condition: str, measure: str) -> str | None:
    """What a measure is one of, or None where a row of this method has nothing to say of it."""
    if measure.startswith("effect"):
        # The effect of occluding is the same whichever map is looked at.
        return "occlusion" if method == "grad_cam" else None
    if measure == "on_attribute":
        return method if method == "attention" and condition != "plain" else None
    return method


def _separate(known: pd.DataFrame, measure: str, seed: int, resamples: int) -> dict[str, Any]:
    fooled = known["outcome"] == "fooled"
    values, clusters = known[measure], known["spurious"]
    settings: dict[str, Any] = {"seed": seed, "resamples": resamples}
    pooled = within = None
    if min(fooled.sum(), (~fooled).sum()) >= LEAST:
        pooled = roc_area(values, fooled, clusters, **settings)
        within = roc_area(values, fooled, clusters, strata=known["stratum"], **settings)
    return {
        "n_fooled": int(fooled.sum()),
        "n_right": int((~fooled).sum()),
        "mean_fooled": values[fooled].mean(),
        "mean_right": values[~fooled].mean(),
        **_cells(pooled, ("auc", "low", "high")),
        **_cells(within, ("auc_within_type", "within_low", "within_high")),
    }


def _cells(estimate: Any, names: tuple[str, str, str]) -> dict[str, float]:
    if estimate is None:
        return dict.fromkeys(names, float("nan"))
    return dict(zip(names, (estimate.value, estimate.low, estimate.high), strict=True))


def tabulate_occlusion(maps: pd.DataFrame, attributes: pd.DataFrame) -> pd.DataFrame:
    """Estimate how well maps agree with what occluding their cells does to the answer.

    Args:
        maps: A `heatmaps` table of any number of models.
        attributes: The `attributes` of its samples.

    Returns:
        Columns `OCCLUSION_COLUMNS`: the mean over samples of Spearman's correlation over cells,
        with an interval over spurious attributes;
        undefined counts samples whose map is the same everywhere.
    """
    joined = maps.merge(attributes[["sample_id", "spurious"]], on="sample_id")
    rows = []
    for names, part in joined.groupby(["model", "method", "condition"], sort=False):
        known = part[part["rank_correlation"].notna()]
        if known.empty:
            continue
        found = clustered_mean(known["rank_correlation"], known["spurious"])
        numbers = (found.n, len(part) - len(known), found.value, found.low, found.high)
        rows.append(dict(zip(OCCLUSION_COLUMNS, (*names, *numbers), strict=True)))
    return pd.DataFrame(rows, columns=OCCLUSION_COLUMNS)
