"""The trade-off between robustness on held-out types and accuracy on ordinary samples."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from spuriverse.problems import Problem
from spuriverse.questions import PROTOCOL
from spuriverse.report.figures.style import (
    BLACK,
    COLUMN_WIDTH,
    GREY,
    LOOKS,
    SMALL,
    Look,
    house_style,
    remove_frame,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BASE, _POOLED = "base", "all"
_BASE_POSITION = -0.2
_HEIGHT = 5.9
_LEAST_SPAN, _EDGE = 0.2, 0.02
_DODGE = 0.028
_ROBUSTNESS = "spurious_held_out"
_CORE = "core_held_out"
_TWIN = "aligned_without_cue"
_THIN = (_CORE, _TWIN)
_COSTS = ("aligned", "ordinary")

_SUBSETS: dict[str, tuple[str, Look]] = {
    _ROBUSTNESS: ("spurious groups, held-out types", LOOKS[0]),
    _CORE: ("core groups, held-out types", Look(BLACK, (0, (1, 1.5)), "")),
    "aligned": ("aligned, held-out types", LOOKS[1]),
    _TWIN: ("aligned without the cue", Look(LOOKS[1].colour, (0, (1, 1.5)), "")),
    "ordinary": ("ordinary, drawn anew", LOOKS[2]),
    "easy_vqa": ("easy-VQA", LOOKS[3]),
}


@dataclass(frozen=True)
class _Series:
    """One subset's accuracies by proportion; `pooled` and every seed are indexed alike."""

    label: str
    look: Look
    pooled: pd.DataFrame
    seeds: dict[str, pd.Series]

    @property
    def n(self) -> str:
        low, high = self.pooled["n"].min(), self.pooled["n"].max()
        return f"{low:,}" if low == high else f"{low:,}–{high:,}"


def plot_tradeoff(table: pd.DataFrame, *, base_model: str) -> Figure:
    """Draw accuracy against the share of spurious samples, and robustness against accuracy.

    Args:
        table: Columns proportion ("base" or a number, as text), seed ("all" for the pooled row),
            subset, n, accuracy, low, high; as `results/tables/tradeoff.csv` holds them.
        base_model: Name of the model before fine-tuning.

    Returns:
        A figure of one column's width. Axes "proportion" has, per subset, a faint line per seed and
        the pooled accuracy with its interval; axes "robustness" the pooled curves.

    Raises:
        Problem: The table lacks a column, the held-out types, the base model or the pooled rows.
            Of the other subsets one may be missing: it is not drawn, and the note says so.
    """
    from matplotlib.figure import Figure

    series = _read_series(table)
    with house_style():
        figure = Figure(figsize=(COLUMN_WIDTH, _HEIGHT))
        top, bottom = figure.subplots(2, 1)
        legend = (0.1 + 0.148 * len(series)) / _HEIGHT
        figure.subplots_adjust(left=0.135, right=0.845, top=1 - legend, bottom=0.135, hspace=0.3)
        _draw_proportions(top, series)
        _draw_robustness(bottom, series)
        figure.legend(
            *top.get_legend_handles_labels(),
            loc="upper left",
            bbox_to_anchor=(0.02, 1.0),
            handlelength=3,
        )
        n_seeds = len(series[_ROBUSTNESS].seeds)
        note = (
            f"protocol: {PROTOCOL} · mean and 95 % interval over attributes"
            f"\none base model ({base_model}), no photograph · faint: single seeds"
            f"\nn: answers of {n_seeds} seeds"
        )
        if absent := [_SUBSETS[name][0] for name in _COSTS if name not in series]:
            note = f"not drawn, for want of samples: {'; '.join(absent)}\n{note}"
        figure.text(0.02, 0.008, note, fontsize=SMALL, color="#444444", va="bottom")
    return figure


def _read_series(table: pd.DataFrame) -> dict[str, _Series]:
    """Return the subsets in drawing order, rows indexed "base", then by rising proportion."""
    missing = {"proportion", "seed", "subset", "n", "accuracy", "low", "high"} - set(table.columns)
    if missing:
        raise Problem(
            f"The table of the trade-off lacks the columns {', '.join(sorted(missing))};"
            " make it again with the rule tabulate_tradeoff."
        )
    present = {str(name) for name in table["subset"]} & set(_SUBSETS)
    for subset in sorted(present | {_ROBUSTNESS}):
        rows = table[(table["subset"] == subset) & (table["seed"].astype(str) == _POOLED)]
        if _BASE not in set(rows["proportion"].astype(str)) or len(rows) < 2:
            raise Problem(
                f"The table of the trade-off has no pooled rows of the subset {subset!r} for the"
                " base model and a proportion; make it again with the rule tabulate_tradeoff."
            )
    return {
        subset: _series_of(table[table["subset"] == subset], *_SUBSETS[subset])
        for subset in _SUBSETS
        if subset in present
    }


def _series_of(rows: pd.DataFrame, label: str, look: Look) -> _Series:
    text = rows.assign(proportion=rows["proportion"].astype(str), seed=rows["seed"].astype(str))
    by_seed = {
        str(seed): part.set_index("proportion").sort_index(key=lambda names: names.map(_position))
        for seed, part in text.groupby("seed", sort=True)
    }
    pooled = by_seed.pop(_POOLED)
    return _Series(label, look, pooled, {seed: part["accuracy"] for seed, part in by_seed.items()})


def _position(proportion: str) -> float:
    return _BASE_POSITION if proportion == _BASE else float(proportion)


def _positions(names: pd.Index) -> np.ndarray:
    return np.array([_position(name) for name in names])


def _draw_proportions(axes: Axes, series: dict[str, _Series]) -> None:
    shifts = {name: (i - 1) * _DODGE for i, name in enumerate(s for s in series if s not in _THIN)}
    for name, one in series.items():
        shift = shifts.get(name, 0.0)
        for seed, accuracy in one.seeds.items():
            if name not in _THIN:
                _draw_seed(axes, accuracy, one.look, shift, f"{name}, seed {seed}")
        _draw_pooled(axes, one, shift)
    axes.set_label("proportion")
    axes.axvline(_BASE_POSITION / 2, color=GREY, linewidth=0.5)
    names = series[_ROBUSTNESS].pooled.index
    axes.set_xticks(_positions(names), list(names))
    axes.set_xlim(_BASE_POSITION - 0.09, axes.get_xticks().max() + 0.09)
    axes.set_ylim(-0.03, 1.03)
    axes.set_xlabel("proportion of spurious samples in fine-tuning")
    axes.set_ylabel("accuracy")
    remove_frame(axes)


def _draw_seed(axes: Axes, accuracy: pd.Series, look: Look, shift: float, name: str) -> None:
    tuned = accuracy.drop(_BASE, errors="ignore")
    faint: dict[str, Any] = {"color": look.colour, "alpha": 0.4}
    axes.plot(_positions(tuned.index) + shift, tuned, linewidth=0.6, gid=name, **faint)
    if _BASE in accuracy:
        axes.plot(_BASE_POSITION + shift, accuracy[_BASE], "_", ms=5, mew=0.7, **faint)


def _draw_pooled(axes: Axes, one: _Series, shift: float) -> None:
    """Base and proportions are not connected: they differ in more than the proportion."""
    tuned = one.pooled.drop(index=_BASE)
    x, thin = _positions(tuned.index), not one.look.marker
    axes.plot(
        x + shift,
        tuned["accuracy"],
        color=one.look.colour,
        linestyle=one.look.line,
        linewidth=0.8 if thin else 1.3,
        marker=one.look.marker,
        markerfacecolor=one.look.face,
        markersize=4,
        label=f"{one.label} (n = {one.n})",
    )
    if thin:
        base = one.pooled.loc[_BASE, "accuracy"]
        axes.plot(_BASE_POSITION, base, marker="x", color=one.look.colour, ms=3, mew=0.7)
        return
    axes.errorbar(
        _positions(one.pooled.index) + shift,
        one.pooled["accuracy"],
        yerr=_errors(one.pooled),
        fmt=one.look.marker,
        color=one.look.colour,
        markerfacecolor=one.look.face,
        markersize=4,
        elinewidth=0.8,
        capsize=1.8,
        capthick=0.8,
    )


def _errors(rows: pd.DataFrame) -> np.ndarray:
    # Without an interval there is no bar.
    sides = (rows["accuracy"] - rows["low"], rows["high"] - rows["accuracy"])
    return np.clip(np.nan_to_num(np.array(sides, dtype=float)), 0, None)


def _draw_robustness(axes: Axes, series: dict[str, _Series]) -> None:
    robustness = series[_ROBUSTNESS]
    height = robustness.pooled["accuracy"]
    costs = [series[name] for name in _COSTS if name in series]
    for cost in costs:
        for seed, accuracy in cost.seeds.items():
            if seed in robustness.seeds:
                tuned = accuracy.drop(_BASE, errors="ignore")
                axes.plot(
                    tuned,
                    robustness.seeds[seed].reindex(tuned.index),
                    cost.look.marker,
                    color=cost.look.colour,
                    markersize=2.5,
                    markeredgewidth=0,
                    alpha=0.35,
                )
        _draw_curve(axes, cost.pooled["accuracy"].reindex(height.index), height, cost)
    axes.set_label("robustness")
    axes.set_xlabel("accuracy on aligned and on ordinary samples")
    axes.set_ylabel("robustness on held-out types")
    _frame(axes)
    remove_frame(axes)
    if costs:
        _label_proportions(axes, [cost.pooled["accuracy"] for cost in costs], height)


def _frame(axes: Axes) -> None:
    """Leave a margin, and do not blow up differences of a few hundredths to the whole panel."""
    axes.margins(0.06, 0.08)
    axes.set_xlim(*_widened(*axes.get_xlim()))
    axes.set_ylim(*_widened(*axes.get_ylim()))
    axes.locator_params(nbins=6, steps=[1, 2, 5, 10])


def _widened(low: float, high: float) -> tuple[float, float]:
    if high - low >= _LEAST_SPAN:
        return low, high
    start = (low + high - _LEAST_SPAN) / 2
    start = min(max(start, -_EDGE), 1 + _EDGE - _LEAST_SPAN)
    return start, start + _LEAST_SPAN


def _draw_curve(axes: Axes, x: pd.Series, y: pd.Series, cost: _Series) -> None:
    look = cost.look
    tuned = [name for name in y.index if name != _BASE]
    axes.plot(x[tuned], y[tuned], color=look.colour, linestyle=look.line, linewidth=1.1)
    for start, end in pairwise(tuned):
        middle = ((x[start] + x[end]) / 2, (y[start] + y[end]) / 2)
        axes.annotate(
            "",
            xy=middle,
            xytext=(x[start], y[start]),
            zorder=1,
            arrowprops={
                "arrowstyle": "-|>",
                "color": look.colour,
                "linewidth": 0,
                "mutation_scale": 9,
            },
        )
    axes.plot(
        x[tuned],
        y[tuned],
        look.marker,
        color=look.colour,
        markerfacecolor=look.face,
        markersize=4.5,
        label=cost.label,
    )
    # Bases of equal accuracy stay visible: the open star goes around the filled one.
    size, face = (11, "none") if look.open else (6, look.colour)
    axes.plot(x[_BASE], y[_BASE], "*", color=look.colour, markerfacecolor=face, markersize=size)


def _label_proportions(axes: Axes, costs: list[pd.Series], height: pd.Series) -> None:
    """Name the proportions at the right edge; a hairline leads from the points to each name.

    Both curves have the same height at a proportion, so one name serves both, and names apart
    from the data never cover it.
    """
    low, high = axes.get_ylim()
    right = axes.get_xlim()[1]
    axes.set_ylim(low, high)
    axes.set_xlim(axes.get_xlim()[0], right)
    places = _spread(((height - low) / (high - low)).to_numpy(), 0.065)
    for name, place in zip(height.index, places, strict=True):
        left = min(cost[name] for cost in costs)
        axes.plot([left, right], [height[name]] * 2, color=GREY, linewidth=0.4, zorder=0)
        axes.annotate(
            name,
            xy=(1, (height[name] - low) / (high - low)),
            xytext=(1.05, place),
            xycoords="axes fraction",
            va="center",
            fontsize=7,
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-",
                "color": GREY,
                "linewidth": 0.4,
                "shrinkA": 0.5,
                "shrinkB": 0,
                "relpos": (0, 0.5),
            },
        )
    axes.annotate(
        "proportion of spurious samples",
        xy=(1.19, 0.5),
        xycoords="axes fraction",
        rotation=270,
        va="center",
        ha="center",
        fontsize=7,
    )


def _spread(heights: np.ndarray, least: float) -> np.ndarray:
    """Move heights apart until neighbours differ by `least`, in the same order, within [0, 1]."""
    order = np.argsort(heights, kind="stable")
    steps = least * np.arange(len(heights))
    placed = np.maximum.accumulate(heights[order] - steps) + steps
    placed = np.minimum(placed, 1 - steps[::-1])
    result = np.empty_like(placed)
    result[order] = placed
    return result
