"""What kinds of background cost, and which answers they pull."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spuriverse.problems import Problem
from spuriverse.report.figures.main_results import WIDTH, draw_intervals, name_rows, short_name
from spuriverse.report.figures.style import GREY, LOOKS, SMALL, house_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SURE = 0.05
"""Largest q-value, over cut-outs, of an answer that is drawn."""

_LEFT, _RIGHT = 2.3, 0.15
_HEADER, _FOOTER = 0.5, 0.6
_ROW = 0.1
_MOST_PULLS = 12
_NAMES = ("difference", "low", "high")


def plot_composites(backgrounds: pd.DataFrame, pulls: pd.DataFrame) -> Figure:
    """Draw the accuracy that every kind of background costs, and the answers that it surely pulls.

    Args:
        backgrounds: As `results/tables/composites_accuracy.csv` holds it.
        pulls: As `results/tables/composites.csv` holds it.

    Returns:
        A figure of a page's width: a line per kind, and then one per kind and answer, a dot with
        its interval per model.

    Raises:
        Problem: There is no row, or there are more models than can be told apart.
    """
    from matplotlib.figure import Figure

    models = list(dict.fromkeys(backgrounds["model"]))
    if not 0 < len(models) <= len(LOOKS):
        raise Problem(
            f"The figure of composites shows 1 to {len(LOOKS)} models but the table has"
            f" {len(models)}; change benchmarks.composites.models in the configuration."
        )
    sure = pulls[pulls["q_cutouts"] <= SURE].assign(
        line=lambda table: table["background"] + " → " + table["answer"]
    )
    chosen = list(dict.fromkeys(sure.sort_values("q_cutouts", kind="stable")["line"]))
    drawn = pd.concat([backgrounds.assign(line=backgrounds["background"] + ": accuracy"), sure])
    lines = list(dict.fromkeys(drawn["line"].iloc[: len(backgrounds)]))
    lines += chosen[:_MOST_PULLS]
    height = _HEADER + max(0.2, _ROW * len(models)) * len(lines) + _FOOTER
    with house_style():
        figure = Figure(figsize=(WIDTH, height))
        axes = figure.subplots()
        figure.subplots_adjust(
            left=_LEFT / WIDTH,
            right=1 - _RIGHT / WIDTH,
            top=1 - _HEADER / height,
            bottom=_FOOTER / height,
        )
        axes.axvline(0, color=GREY, linewidth=0.8)
        shifts = np.linspace(-0.3, 0.3, len(models)) if len(models) > 1 else np.zeros(1)
        for model, look, shift in zip(models, LOOKS, shifts, strict=False):
            mine = drawn[drawn["model"] == model].set_index("line").reindex(lines)
            draw_intervals(axes, mine, np.arange(len(lines)) + shift, _NAMES, look)
            axes.plot(
                [],
                [],
                look.marker,
                color=look.colour,
                mfc=look.face,
                markersize=4,
                label=short_name(model),
            )
        name_rows(axes, lines)
        axes.set_xlabel("accuracy lost, and answers gained, against the same cut-outs on grey")
        handles, labels = axes.get_legend_handles_labels()
        figure.legend(handles, labels, loc="upper center", ncols=6, handletextpad=0.3)
        note = "95 % intervals over cut-outs and backgrounds crossed; answers with q ≤ .05"
        note += " over cut-outs"
        figure.text(0.01, 0.07 / height, note, fontsize=SMALL, color="#444444")
    return figure
