"""Dose and response: what base models lose to shortcuts, by how strongly their world associates."""

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
    "aligned": "aligned, held-out types",
    "aligned_without_cue": "aligned without the cue",
    "ordinary": "ordinary, drawn anew",
}
_POOLED, _BASE = "all", "base"
_DODGE = 0.07


def plot_association(table: pd.DataFrame) -> Figure:
    """Draw accuracy against association, before fine-tuning and after that on spurious samples.

    Args:
        table: Columns association, base_model ("all" for the pooled rows), proportion ("base" or a
            number, as text), subset, base_models, accuracy, low, high; as
            `results/tables/association.csv` holds them.

    Returns:
        A figure of one column's width with axes "before" and "after"; single base models are faint.

    Raises:
        Problem: The table has no rows before, or none after fine-tuning.
    """
    from matplotlib.figure import Figure

    tuned = sorted(set(table["proportion"]) - {_BASE}, key=float)
    if _BASE not in set(table["proportion"]) or not tuned:
        raise Problem(
            "The table of associations lacks the base models or every proportion; make it again"
            " with the rule tabulate_association."
        )
    doses = sorted(table["association"].unique())
    shown = {"before": (_BASE, "before fine-tuning")}
    shown["after"] = (tuned[-1], f"after fine-tuning, proportion {tuned[-1]} of spurious samples")
    with house_style():
        figure = Figure(figsize=(COLUMN_WIDTH, 5.4))
        panels = figure.subplots(2, 1, sharex=True)
        figure.subplots_adjust(left=0.14, right=0.97, top=0.8, bottom=0.16, hspace=0.22)
        for axes, (label, (proportion, title)) in zip(panels, shown.items(), strict=True):
            _draw(axes, table[table["proportion"] == proportion], doses)
            axes.set_label(label)
            axes.set_title(title, loc="left")
        panels[-1].set_xlabel("P(owner | its attribute) in the base model's training")
        figure.legend(*panels[0].get_legend_handles_labels(), loc="upper left")
        n = int(table["base_models"].max())
        note = (
            f"protocol: {PROTOCOL} · mean of {n} base models and 95 % interval"
            "\nover base models and attributes (images) · faint: single base models"
            "\nno photograph"
        )
        figure.text(0.02, 0.012, note, fontsize=SMALL, color="#444444", va="bottom")
    return figure


def _draw(axes: Axes, table: pd.DataFrame, doses: list[float]) -> None:
    present = [name for name in _SUBSETS if name in set(table["subset"])]
    for place, (name, look) in enumerate(zip(present, LOOKS, strict=False)):
        rows = table[table["subset"] == name]
        shift = _DODGE * (place - (len(present) - 1) / 2)
        alone = rows[rows["base_model"] != _POOLED]
        x = np.array([doses.index(dose) for dose in alone["association"]]) + shift
        axes.plot(x, alone["accuracy"], "_", color=look.colour, alpha=0.4, markersize=4)
        pooled = rows[rows["base_model"] == _POOLED].sort_values("association")
        x = np.array([doses.index(dose) for dose in pooled["association"]]) + shift
        sides = (pooled["accuracy"] - pooled["low"], pooled["high"] - pooled["accuracy"])
        axes.errorbar(
            x,
            pooled["accuracy"],
            yerr=np.clip(np.nan_to_num(np.array(sides, dtype=float)), 0, None),
            fmt=look.marker,
            color=look.colour,
            linestyle=look.line,
            markerfacecolor=look.face,
            markersize=4,
            elinewidth=0.8,
            capsize=1.8,
            label=_SUBSETS[name],
        )
    axes.set_xticks(range(len(doses)), [f"{dose:g}" for dose in doses])
    axes.set_ylim(-0.03, 1.03)
    axes.set_ylabel("accuracy")
    remove_frame(axes)
