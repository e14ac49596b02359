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
REACH = "reach"
COMPARISON_COLUMNS = (
    *("base_model", "method", "setting", "measure", "robustness", "splits"),
    *("value", "low", "high", "blind_loss", "below_blind"),
    *("shared_splits", "shared_value", "baseline"),
    *("difference", "difference_low", "difference_high", "ratio", "ratio_low", "ratio_high"),
    *("steps", "images", "rows", "seconds"),
)
COMPARISON_SHOWN = {
    "Base model": "{base_model}",
    "Method": "{method}",
    "Measure": "{measure}",
    "Robustness": "{robustness:.2f}",
    "Splits": "{splits}",
    "Value": "{value:.3f} [{low:.3f}, {high:.3f}]",
    "Blind model": "{blind_loss:.3f}",
    "Splits with mixing": "{shared_splits}",
    "Minus mixing": "{difference:.3f} [{difference_low:.3f}, {difference_high:.3f}]",
    "Ratio to mixing": "{ratio:.2f} [{ratio_low:.2f}, {ratio_high:.2f}]",
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
    """Tabulate loss at equal robustness, hypervolume and reach of every method, beside mixing's.

    The loss of a split is what is lost on aligned and on ordinary questions together, read off the
    split's own curve; a method and mixing are compared on the splits in which both reach the
    target. Reach is the highest robustness of a curve. Intervals are at 95 %, over splits:
    Student's for a mean and for the mean of the paired differences, by bootstrap of the pairs for a
    ratio.

    Args:
        points: A `mitigation_points` table of part "test".
        targets: Robustness, on held-out attributes, at which losses are compared.
        seed: Of the bootstrap.
        resamples: Bootstrap resamples.

    Returns:
        The columns of `COMPARISON_COLUMNS`. `splits` counts the splits in which the method reaches
        the target, over which `value` is taken; `shared_splits` those in which mixing does as
        well, over which the method's `shared_value` and mixing's `baseline` are taken. Without any
        they are missing. `blind_loss` is what a model would lose that answers aligned questions as
        the base model answers their twins without the attribute.
    """
    points = points[points["part"] == "test"]
    measured = add_losses(points)
    rows = []
    for model, of_model in measured.groupby("base_model", sort=True):
        base = points[(points["base_model"] == model) & (points["method"] == BASE)]
        blind = float((base["aligned"] - base["aligned_without_cue"]).mean())
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
    """One row per measure and target, of one method beside mixing."""
    ours, theirs = (dict(iter(table.groupby("seed", sort=True))) for table in (curve, baseline))
    losses = ("loss", "loss_aligned", "loss_ordinary")
    whole = [(HYPERVOLUME, np.nan), (REACH, np.nan)]
    for measure, target in [*whole, *((m, t) for m in losses for t in targets)]:
        method, mixing = (
            pd.Series({split: _read(part, measure, target) for split, part in curves.items()})
            for curves in (ours, theirs)
        )
        row = _compare(method, mixing, seed, resamples)
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


def _read(curve: pd.DataFrame, measure: str, target: float) -> float:
    if measure == HYPERVOLUME:
        return hypervolume(curve["spurious"], curve["loss"])
    if measure == REACH:
        return float(curve["spurious"].max())
    return loss_at(curve["spurious"], curve[measure], target)


def _compare(ours: pd.Series, theirs: pd.Series, seed: int, resamples: int) -> dict[str, Any]:
    """Means, their difference and ratio, each with its interval over splits.

    Args:
        ours: A method's value in every split; not a number where it does not reach the target.
        theirs: The same of mixing.
        seed: Of the bootstrap.
        resamples: Bootstrap resamples.
    """
    alone = ours.dropna().to_numpy()
    pairs = pd.concat([ours, theirs], axis=1).dropna().to_numpy()
    a, b = pairs[:, 0], pairs[:, 1]
    low, high = _student(alone)
    difference_low, difference_high = _student(a - b)
    ratio_low, ratio_high = _ratio_interval(pairs, seed, resamples)
    return {
        **{"splits": len(alone), "value": _mean(alone), "low": low, "high": high},
        **{"shared_splits": len(pairs), "shared_value": _mean(a), "baseline": _mean(b)},
        "difference": _mean(a - b),
        **{"difference_low": difference_low, "difference_high": difference_high},
        "ratio": _mean(a) / _mean(b) if len(b) and b.mean() else np.nan,
        **{"ratio_low": ratio_low, "ratio_high": ratio_high},
    }


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _ratio_interval(pairs: np.ndarray, seed: int, resamples: int) -> tuple[float, float]:
    """Interval of the ratio of two means, by bootstrap of the pairs."""
    if len(pairs) < 2:
        return float("nan"), float("nan")
    drawn = np.random.default_rng(seed).integers(len(pairs), size=(resamples, len(pairs)))
    a, b = pairs[drawn].mean(axis=1).T
    ratios = a[b != 0] / b[b != 0]
    if not len(ratios):
        return float("nan"), float("nan")
    low, high = np.quantile(ratios, [0.025, 0.975])
    return float(low), float(high)


def _student(values: np.ndarray) -> tuple[float, float]:
    """Student's interval of a mean: a bootstrap of few splits would be too narrow."""
    from scipy.special import stdtrit

    if len(values) < 2:
        return float("nan"), float("nan")
    reach = stdtrit(len(values) - 1, 0.975) * values.std(ddof=1) / np.sqrt(len(values))
    return float(values.mean() - reach), float(values.mean() + reach)
