"""Compare the methods' curves at equal robustness, split by split."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from spuriverse.finetuning.mitigations.curves import hypervolume, loss_at, pareto_front
from spuriverse.finetuning.mitigations.settings import add_losses
from spuriverse.finetuning.mitigations.study import BASE
from spuriverse.statistics import cluster_bootstrap

BASELINE = "mixing"
HYPERVOLUME = "hypervolume"
COMPARISON_COLUMNS = (
    *("base_model", "method", "setting", "measure", "robustness", "splits"),
    *("value", "low", "high", "baseline", "difference", "difference_low", "difference_high"),
    *("ratio", "ratio_low", "ratio_high", "blind_loss", "below_blind"),
    *("steps", "images", "rows", "seconds"),
)
COMPARISON_SHOWN = {
    "Base model": "{base_model}",
    "Method": "{method}",
    "Measure": "{measure}",
    "Robustness": "{robustness:.2f}",
    "Splits": "{splits}",
    "Value": "{value:.3f} [{low:.3f}, {high:.3f}]",
    "Minus mixing": "{difference:.3f} [{difference_low:.3f}, {difference_high:.3f}]",
    "Ratio to mixing": "{ratio:.2f} [{ratio_low:.2f}, {ratio_high:.2f}]",
    "Blind model": "{blind_loss:.3f}",
    "Images": "{images:.0f}",
    "Rows": "{rows:.0f}",
}
CURVE_COLUMNS = (
    *("base_model", "method", "setting", "knob", "splits", "robustness", "robustness_low"),
    *("robustness_high", "accuracy", "accuracy_low", "accuracy_high", "loss", "pareto"),
)


def compare_methods(
    points: pd.DataFrame, *, targets: Sequence[float], seed: int, resamples: int
) -> pd.DataFrame:
    """Tabulate loss at equal robustness and hypervolume of every method, beside mixing's.

    The loss of a split is what is lost on aligned and on ordinary questions together, read off the
    split's own curve; a method and mixing are compared on the splits in which both reach the
    target. Intervals are at 95 %, over splits: Student's for a mean and for the mean of the paired
    differences, by bootstrap of the pairs for a ratio.

    Args:
        points: A `mitigation_points` table of part "test".
        targets: Robustness, on held-out attributes, at which losses are compared.
        seed: Of the bootstrap.
        resamples: Bootstrap resamples.

    Returns:
        The columns of `COMPARISON_COLUMNS`. `splits` counts the splits of the comparison, over
        which value and baseline are taken; without any they are missing. `blind_loss` is what a
        model would lose that answers aligned questions as the base model answers their twins
        without the attribute.
    """
    points = points[points["part"] == "test"]
    measured = add_losses(points)
    rows = []
    for model, of_model in measured.groupby("base_model", sort=True):
        base = points[(points["base_model"] == model) & (points["method"] == BASE)]
        blind = float((base["aligned"] - base["aligned_core"]).mean())
        curves = {
            (str(method), str(setting)): part
            for (method, setting), part in of_model.groupby(["method", "setting"], sort=True)
        }
        baseline = next(found for (name, _), found in curves.items() if name == BASELINE)
        for (method, setting), curve in curves.items():
            known = {"base_model": model, "method": method, "setting": setting}
            cost = curve.query("knob >= 0")[["steps", "images", "rows", "seconds"]].mean()
            for measured_row in _measures(curve, baseline, targets, blind, seed, resamples):
                rows.append({**known, **measured_row, **cost})
    return pd.DataFrame(rows)[list(COMPARISON_COLUMNS)]


def _measures(
    curve: pd.DataFrame,
    baseline: pd.DataFrame,
    targets: Sequence[float],
    blind: float,
    seed: int,
    resamples: int,
) -> Iterator[dict[str, Any]]:
    """A row a measure and target, of one method beside mixing."""
    ours, theirs = (dict(iter(table.groupby("seed", sort=True))) for table in (curve, baseline))
    losses = ("loss", "loss_aligned", "loss_ordinary")
    for measure, target in [(HYPERVOLUME, np.nan), *((m, t) for m in losses for t in targets)]:
        row = _compare(*_paired(ours, theirs, measure, target), seed, resamples)
        known = measure == "loss"
        below = bool(row["high"] < blind) if known and row["splits"] > 1 else None
        yield {
            **{"measure": measure, "robustness": target, **row},
            **{"blind_loss": blind if known else np.nan, "below_blind": below},
        }


def tabulate_curves(points: pd.DataFrame, *, seed: int, resamples: int) -> pd.DataFrame:
    """Tabulate the mean curve of every method, with 95 % intervals by bootstrap over splits.

    Args:
        points: A `mitigation_points` table of part "test".
        seed: Of the bootstrap.
        resamples: Bootstrap resamples.

    Returns:
        The columns of `CURVE_COLUMNS`. `accuracy` is the mean of the accuracies on aligned and on
        ordinary questions; `pareto` says whether no point of any method of the base model is both
        more robust and more accurate.
    """
    measured = add_losses(points[points["part"] == "test"])
    measured["accuracy"] = (measured["aligned"] + measured["ordinary"]) / 2
    rows = []
    keys = ["base_model", "method", "setting", "knob"]
    for key, part in measured.groupby(keys, sort=True):
        row = dict(zip(keys, key, strict=True))
        row["splits"] = len(part)
        for name, column in (("robustness", "spurious"), ("accuracy", "accuracy")):
            estimate = cluster_bootstrap(part[column], part["seed"], seed=seed, resamples=resamples)
            row[name], row[f"{name}_low"] = estimate.value, estimate.low
            row[f"{name}_high"] = estimate.high
        row["loss"] = part["loss"].mean()
        rows.append(row)
    table = pd.DataFrame(rows)
    for _, part in table.groupby("base_model"):
        table.loc[part.index, "pareto"] = pareto_front(part["robustness"], part["loss"])
    return table[list(CURVE_COLUMNS)]


def _paired(
    splits: dict[int, pd.DataFrame],
    baseline: dict[int, pd.DataFrame],
    measure: str,
    target: float,
) -> tuple[np.ndarray, np.ndarray]:
    """A method's and mixing's values in the splits that have both."""
    values = [
        (_read(splits[seed], measure, target), _read(baseline[seed], measure, target))
        for seed in sorted(set(splits) & set(baseline))
    ]
    pairs = np.array(values, dtype=float).reshape(-1, 2)
    pairs = pairs[~np.isnan(pairs).any(axis=1)]
    return pairs[:, 0], pairs[:, 1]


def _read(curve: pd.DataFrame, measure: str, target: float) -> float:
    if measure == HYPERVOLUME:
        return hypervolume(curve["spurious"], curve["loss"])
    return loss_at(curve["spurious"], curve[measure], target)


def _compare(ours: np.ndarray, theirs: np.ndarray, seed: int, resamples: int) -> dict[str, Any]:
    """Means, their difference and ratio, each with its interval over splits."""
    if not len(ours):
        keys = ("value", "difference", "ratio")
        names = [f"{key}{end}" for key in keys for end in ("", "_low", "_high")]
        row: dict[str, Any] = dict.fromkeys([*names, "baseline", "low", "high"], np.nan)
        return {"splits": 0, **row}
    low, high = _student(ours)
    difference_low, difference_high = _student(ours - theirs)
    drawn = np.random.default_rng(seed).integers(len(ours), size=(resamples, len(ours)))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = ours[drawn].mean(axis=1) / theirs[drawn].mean(axis=1)
        ratio = ours.mean() / theirs.mean()
    finite = ratios[np.isfinite(ratios)]
    ends = np.quantile(finite, [0.025, 0.975]) if len(finite) else (np.nan, np.nan)
    return {
        "splits": len(ours),
        **{"value": ours.mean(), "low": low, "high": high},
        "baseline": theirs.mean(),
        "difference": (ours - theirs).mean(),
        **{"difference_low": difference_low, "difference_high": difference_high},
        **{"ratio": ratio, "ratio_low": float(ends[0]), "ratio_high": float(ends[1])},
    }


def _student(values: np.ndarray) -> tuple[float, float]:
    """Student's interval of a mean: a bootstrap of few splits would be too narrow."""
    from scipy.stats import t

    if len(values) < 2:
        return float("nan"), float("nan")
    reach = t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return float(values.mean() - reach), float(values.mean() + reach)
