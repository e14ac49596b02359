"""The accuracy of every model on every subset."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spuriverse.problems import Problem
from spuriverse.questions import PROTOCOL
from spuriverse.report.figures.style import (
    COLUMN_WIDTH,
    GREY,
    LOOKS,
    SMALL,
    house_style,
    remove_frame,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LABELS = {
    "anchor": "anchors",
    "spurious": "spurious groups",
    "core": "core groups",
    "aligned": "non-spurious, aligned",
    "ordinary": "non-spurious, ordinary",
    "easy_vqa": "easy-VQA",
}


def plot_evaluation(table: pd.DataFrame) -> Figure:
    """Draw a dot with its interval for every model and subset.

    Args:
        table: Columns model, subset, n, accuracy, low, high; as `results/tables/evaluation.csv`
            holds them.

    Returns:
        A figure of one column's width.

    Raises:
        Problem: The table has no rows, or more models than can be told apart.
    """
    from matplotlib.figure import Figure

    table = table[table["accuracy"].notna()]
    models = sorted(table["model"].unique())
    if not 0 < len(models) <= len(LOOKS):
        raise Problem(
            f"The figure shows 1 to {len(LOOKS)} models but the table holds {len(models)};"
            " change evaluation.models in the configuration."
        )
    known = [subset for subset in _LABELS if subset in set(table["subset"])]
    subsets = known + sorted(set(table["subset"]) - set(known))
    legend_rows = -(-len(models) // 3)
    height = 0.75 + 0.16 * legend_rows + len(subsets) * max(0.34, 0.13 * len(models))
    with house_style():
        figure = Figure(figsize=(COLUMN_WIDTH, height))
        axes = figure.subplots()
        figure.subplots_adjust(
            left=0.39,
            right=0.97,
            bottom=0.55 / height,
            top=1 - (0.08 + 0.16 * legend_rows) / height,
        )
        _draw_models(axes, table, models, subsets)
        figure.legend(loc="upper center", ncols=3, columnspacing=1.2, handletextpad=0.3)
        note = f"protocol: {PROTOCOL} · accuracy and 95 % interval over attributes (images)"
        figure.text(0.02, 0.07 / height, note, fontsize=SMALL, color="#444444")
    return figure


def _draw_models(axes: Axes, table: pd.DataFrame, models: list[str], subsets: list[str]) -> None:
    dodge = np.linspace(-0.27, 0.27, len(models)) if len(models) > 1 else np.zeros(1)
    for model, look, shift in zip(models, LOOKS, dodge, strict=False):
        rows = table[table["model"] == model].set_index("subset").reindex(subsets)
        sides = np.array([rows["accuracy"] - rows["low"], rows["high"] - rows["accuracy"]])
        axes.errorbar(
            rows["accuracy"],
            np.arange(len(subsets)) + shift,
            xerr=np.clip(sides, 0, None),
            fmt=look.marker,
            color=look.colour,
            markerfacecolor=look.face,
            markersize=4,
            elinewidth=0.9,
            capsize=1.8,
            label=model,
        )
    for boundary in np.arange(1, len(subsets)) - 0.5:
        axes.axhline(boundary, color=GREY, linewidth=0.4)
    axes.set_yticks(range(len(subsets)), [_label(table, subset) for subset in subsets])
    axes.set_ylim(len(subsets) - 0.5, -0.5)
    axes.set_xlim(-0.03, 1.03)
    axes.set_xlabel("accuracy")
    axes.tick_params(axis="y", length=0)
    remove_frame(axes, left=True)


def _label(table: pd.DataFrame, subset: str) -> str:
    n = table.loc[table["subset"] == subset, "n"]
    count = f"{n.min():,}" if n.min() == n.max() else f"{n.min():,}–{n.max():,}"
    return f"{_LABELS.get(subset, subset)}\n(n = {count})"
