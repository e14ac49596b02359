"""The way out of the trade-off: what mixing can do, three steps beyond it, and the two ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd

from spuriverse.questions import PROTOCOL
from spuriverse.report.figures.robustness import check_columns, draw_curve, finish_panel
from spuriverse.report.figures.style import (
    BLUE,
    COLUMN_WIDTH,
    GREEN,
    GREY,
    SMALL,
    VERMILLION,
    Look,
    house_style,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_NEEDED = ("base_model", "method", "setting", "knob", "splits", "robustness", "accuracy")
_STEPS = {
    "envelope": ("mixing and its scales", Look(GREY, "-", "o")),
    "transplant": ("1: transplanted differences", Look(BLUE, "--", "s")),
    "base_average": ("2: with a base average", Look(GREEN, "-.", "^")),
    "nuisance_projection": ("3: with a projection", Look(VERMILLION, ":", "D")),
}
_HEIGHT = 2.9


def plot_way_out(table: pd.DataFrame) -> Figure:
    """Draw the baseline's curve and those of the three steps, one panel a base model.

    Args:
        table: As `results/tables/way_out_curves.csv` holds it.

    Returns:
        A figure with axes named after the base models, base model (star) and blind model (cross)
        marked. Points are means over splits, with 95 % intervals.

    Raises:
        Problem: The table lacks a column or has no rows.
    """
    from matplotlib.figure import Figure

    check_columns(table, _NEEDED, "the way out's curves", "tabulate_way_out")
    table = table[[_is_a_step(text) for text in table["setting"]]]
    models = sorted(table["base_model"].unique())
    with house_style():
        figure = Figure(figsize=(COLUMN_WIDTH * len(models), _HEIGHT))
        panels = figure.subplots(1, len(models), squeeze=False)[0]
        for axes, model in zip(panels, models, strict=True):
            _draw_panel(axes, table[table["base_model"] == model])
            axes.set_title(f"base model {model}")
            axes.set_label(model)
        handles, labels = panels[0].get_legend_handles_labels()
        figure.tight_layout(rect=(0, 0.12, 1, 0.86))
        figure.legend(handles, labels, loc="upper center", ncols=2 * len(models), handlelength=3)
        note = (
            f"protocol: {PROTOCOL} · mean and 95 % interval over"
            f" {int(table['splits'].max())} splits\nstar: base model · cross: blind to the"
            " attribute · no photograph"
        )
        figure.text(0.02, 0.012, note, fontsize=SMALL, color="#444444")
    return figure


def _is_a_step(setting: str) -> bool:
    """Whether a curve is of a tuned model; the projection alone is none of the steps."""
    return bool(json.loads(setting).get("trained", 1))


def _draw_panel(axes: Axes, table: pd.DataFrame) -> None:
    for method, (label, look) in _STEPS.items():
        curve = table[table["method"] == method]
        if len(curve):
            draw_curve(axes, curve, look, label)
    marks = {
        "*": table[(table["knob"] < 0) & (table["method"] != "envelope")],
        "x": table[table["method"] == "blind"],
    }
    for mark, rows in marks.items():
        if len(rows):
            place = rows.iloc[0]
            axes.plot(
                place["accuracy"], place["robustness"], f"k{mark}", markersize=7, zorder=4, gid=mark
            )
    finish_panel(axes)
