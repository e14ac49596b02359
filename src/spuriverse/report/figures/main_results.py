"""Every model on the three subsets, and how far it falls where a spurious attribute misleads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spuriverse.problems import Problem
from spuriverse.questions import PROTOCOL
from spuriverse.report.figures.style import (
    GREY,
    LOOKS,
    SMALL,
    Look,
    house_style,
    remove_frame,
    span_at_least,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 7.0
"""Width of a page of a paper, in inches."""

LEAST_SPAN = 0.2
"""Least span of an axis of differences in accuracy."""

_LEFT, _RIGHT = 1.6, 0.15
_HEADER, _FOOTER, _ROW = 0.32, 0.74, 0.34
_LABELS = {
    "non-spurious": "non-spurious set",
    "anchor": "anchors",
    "spurious": "spurious groups",
}
_SUBSET_LOOKS = dict(zip(_LABELS, (LOOKS[2], LOOKS[0], LOOKS[1]), strict=True))


def plot_main_results(table: pd.DataFrame) -> Figure:
    """Draw the accuracies of every model, and beside them its drops from the non-spurious set.

    Args:
        table: As `results/tables/main_results.csv` holds it. Rows without an accuracy, such as
            those of published models, are not drawn.

    Returns:
        A figure of a page's width, one line per model. Axes "accuracy" has a dot with its interval
        for each subset; axes "drop" the drops with theirs.

    Raises:
        Problem: The table has no accuracies.
    """
    from matplotlib.figure import Figure

    drawn = table[table["accuracy"].notna()]
    models = list(dict.fromkeys(drawn["model"]))
    if not models:
        raise Problem(
            "The main table has no accuracies to draw; make results/tables/main_results.csv again."
        )
    height = _HEADER + _ROW * len(models) + _FOOTER
    with house_style():
        figure = Figure(figsize=(WIDTH, height))
        left, right = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
        figure.subplots_adjust(
            left=_LEFT / WIDTH,
            right=1 - _RIGHT / WIDTH,
            top=1 - _HEADER / height,
            bottom=_FOOTER / height,
            wspace=0.07,
        )
        _draw_accuracies(left, drawn, models)
        _draw_drops(right, drawn, models)
        handles, labels = left.get_legend_handles_labels()
        figure.legend(handles, labels, loc="upper center", ncols=3, handletextpad=0.3)
        note = (
            f"protocol: {PROTOCOL} · 95 % intervals over attributes"
            f" (images of the non-spurious set)\nn = {_counts(drawn)}"
        )
        figure.text(0.01, 0.07 / height, note, fontsize=SMALL, color="#444444")
    return figure


def draw_intervals(
    axes: Axes, rows: pd.DataFrame, places: np.ndarray, names: tuple[str, str, str], look: Look
) -> None:
    """Draw a dot and its interval for each of `rows`; a missing one leaves its place empty.

    Args:
        axes: Where to draw.
        rows: One row per place.
        places: Heights of the dots, shape (rows,).
        names: Columns of the value and of the limits of its interval.
        look: Of dots and lines.
    """
    value, low, high = (rows[name].to_numpy(dtype=float) for name in names)
    axes.errorbar(
        value,
        places,
        # A bootstrap interval need not hold the estimate, and negative lengths are refused.
        xerr=np.clip([value - low, high - value], 0, None),
        fmt=look.marker,
        color=look.colour,
        markerfacecolor=look.face,
        markersize=4,
        elinewidth=0.9,
        capsize=1.8,
    )


def name_rows(axes: Axes, names: list[str]) -> None:
    """Write a name beside every row of a panel and separate the rows by lines."""
    for boundary in np.arange(1, len(names)) - 0.5:
        axes.axhline(boundary, color=GREY, linewidth=0.4)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    remove_frame(axes, left=True)


def short_name(name: str, length: int = 26) -> str:
    """Return a name that fits beside the panel."""
    line = " ".join(name.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def _draw_accuracies(axes: Axes, table: pd.DataFrame, models: list[str]) -> None:
    axes.set_label("accuracy")
    shifts = np.linspace(-0.22, 0.22, len(_LABELS))
    for (subset, label), shift in zip(_LABELS.items(), shifts, strict=True):
        rows = table[table["subset"] == subset].set_index("model").reindex(models)
        look = _SUBSET_LOOKS[subset]
        places = np.arange(len(models)) + shift
        draw_intervals(axes, rows, places, ("accuracy", "low", "high"), look)
        axes.plot([], [], look.marker, color=look.colour, mfc=look.face, markersize=4, label=label)
    axes.set_xlim(-0.03, 1.03)
    axes.set_xlabel("accuracy")
    name_rows(axes, [short_name(model) for model in models])


def _draw_drops(axes: Axes, table: pd.DataFrame, models: list[str]) -> None:
    axes.set_label("drop")
    axes.axvline(0, color=GREY, linewidth=0.8)
    for subset, shift in (("anchor", -0.13), ("spurious", 0.13)):
        rows = table[table["subset"] == subset].set_index("model").reindex(models)
        places = np.arange(len(models)) + shift
        names = ("drop", "drop_low", "drop_high")
        draw_intervals(axes, rows, places, names, _SUBSET_LOOKS[subset])
    span_at_least(axes, LEAST_SPAN)
    axes.set_xlabel("drop from the non-spurious set")
    name_rows(axes, [short_name(model) for model in models])
    axes.tick_params(axis="y", labelleft=False)


def _counts(table: pd.DataFrame) -> str:
    counts = []
    for subset, label in _LABELS.items():
        n = table.loc[table["subset"] == subset, "n"]
        if len(n):
            low, high = int(n.min()), int(n.max())
            counts.append((f"{low:,}" if low == high else f"{low:,}–{high:,}") + f" {label}")
    return ", ".join(counts)
