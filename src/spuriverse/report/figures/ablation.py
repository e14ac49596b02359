"""Accuracy against the number of spurious types in training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spuriverse.problems import Problem
from spuriverse.questions import PROTOCOL
from spuriverse.report.figures.style import COLUMN_WIDTH, LOOKS, SMALL, house_style, remove_frame

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SUBSETS = {
    "spurious_held_out": "spurious groups, held-out types",
    "anchor_held_out": "anchors, held-out types",
    "aligned": "non-spurious, aligned",
    "ordinary": "non-spurious, ordinary",
    "non_spurious": "non-spurious",
}
_POOLED = "all"


def plot_ablation(table: pd.DataFrame) -> Figure:
    """Draw a curve for each set and a panel for each base model; single seeds are faint.

    Args:
        table: Columns base_model, types, seed, subset, accuracy, low, high; as
            `results/tables/ablation.csv` holds them.

    Returns:
        A figure of one column's width.

    Raises:
        Problem: The table has no pooled rows.
    """
    from matplotlib.figure import Figure

    models = list(dict.fromkeys(table["base_model"]))
    if not (table["seed"].astype(str) == _POOLED).any():
        raise Problem(
            "The table of the ablation has no rows of all seeds; make it again with the rule"
            " tabulate_finetuning."
        )
    # The whole non-spurious set is shown where it is not told apart.
    present = [name for name in _SUBSETS if name in set(table["subset"])]
    if "aligned" in present:
        present.remove("non_spurious")
    height = 1.2 + 0.16 * len(present) + 2.0 * len(models)
    with house_style():
        figure = Figure(figsize=(COLUMN_WIDTH, height))
        panels = figure.subplots(len(models), 1, squeeze=False)[:, 0]
        top = 1 - (0.35 + 0.16 * len(present)) / height
        figure.subplots_adjust(left=0.14, right=0.97, top=top, bottom=0.7 / height, hspace=0.35)
        for panel, model in zip(panels, models, strict=True):
            _draw(panel, table[table["base_model"] == model], present)
            panel.set_title(model, loc="left")
        panels[-1].set_xlabel("spurious types in training")
        figure.legend(*panels[0].get_legend_handles_labels(), loc="upper left", handlelength=3)
        note = f"protocol: {PROTOCOL} · mean and 95 % interval over attributes\nfaint: single seeds"
        figure.text(0.02, 0.01, note, fontsize=SMALL, color="#444444", va="bottom")
    return figure


def _draw(axes: Axes, table: pd.DataFrame, subsets: list[str]) -> None:
    for name, look in zip(subsets, LOOKS, strict=False):
        rows = table[table["subset"] == name].sort_values("types")
        single = rows[rows["seed"].astype(str) != _POOLED]
        for seed, one in single.groupby("seed"):
            faint = f"{name}, seed {seed}"
            axes.plot(one["types"], one["accuracy"], c=look.colour, lw=0.6, alpha=0.35, gid=faint)
        pooled = rows[rows["seed"].astype(str) == _POOLED]
        sides = (pooled["accuracy"] - pooled["low"], pooled["high"] - pooled["accuracy"])
        axes.errorbar(
            pooled["types"],
            pooled["accuracy"],
            yerr=np.clip(np.array(sides, dtype=float), 0, None),
            color=look.colour,
            linestyle=look.line,
            linewidth=1.2,
            marker=look.marker,
            markerfacecolor=look.face,
            markersize=4,
            elinewidth=0.8,
            capsize=1.8,
            label=_SUBSETS[name],
        )
    axes.set_xticks(sorted(table["types"].unique()))
    axes.set_ylim(-0.03, 1.03)
    axes.set_ylabel("accuracy")
    remove_frame(axes)
