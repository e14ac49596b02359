"""The answer to an open question: every number with its interval, a panel for each unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spuriverse.problems import Problem
from spuriverse.questions import PROTOCOL
from spuriverse.report.figures.main_results import WIDTH, draw_intervals, name_rows, short_name
from spuriverse.report.figures.style import GREY, LOOKS, SMALL, house_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_NEEDED = ("model", "condition", "measure", "unit", "value", "low", "high")
_ROW, _HEADER, _FOOTER, _PANEL, _LEFT = 0.19, 0.45, 0.3, 0.6, 3.7
_LEGEND, _COLUMNS = 0.15, 4
_NOTHING = {"area under the ROC curve": 0.5, "share": np.nan}
"""Looks of models; those after the colours are grey, and told apart by their marks."""

MOST_ROWS = 90
"""More lines than these cannot be read; the table has them all."""


def plot_open_question(table: pd.DataFrame) -> Figure:
    """Draw the answer to an open question, a line per condition and measure, a mark per model.

    Args:
        table: As one of `results/tables/open_questions/*.csv` holds it.

    Returns:
        A figure of a page's width with the axes named after the units. A line marks the value that
        means nothing is there.

    Raises:
        Problem: The table lacks a column, or names more models than can be told apart.
    """
    from matplotlib.figure import Figure

    if missing := [column for column in _NEEDED if column not in table]:
        raise Problem(
            f"The table of an open question lacks {', '.join(missing)}; make it again with the rule"
            " of its name."
        )
    drawn = table[table["value"].notna()]
    models = list(dict.fromkeys(drawn["model"]))
    if len(models) > len(LOOKS):
        raise Problem(
            f"The figure shows at most {len(LOOKS)} models but the table holds {len(models)}; name"
            " fewer in the configuration."
        )
    with house_style():
        if drawn.empty:
            figure = Figure(figsize=(WIDTH, 1.0))
            figure.text(0.5, 0.5, "no number could be estimated", ha="center")
            return figure
        drawn = drawn.assign(line=_lines(drawn))
        units = {
            str(unit): part[part["line"].isin(list(dict.fromkeys(part["line"]))[:MOST_ROWS])]
            for unit, part in drawn.groupby("unit", sort=False)
        }
        counts = [part["line"].nunique() for part in units.values()]
        header = _HEADER + _LEGEND * (-(-len(models) // _COLUMNS) - 1)
        height = header + _FOOTER + sum(_ROW * n + _PANEL for n in counts)
        figure = Figure(figsize=(WIDTH, height))
        top = height - header
        for (unit, part), n in zip(units.items(), counts, strict=True):
            tall = _ROW * n
            place = (_LEFT / WIDTH, (top - tall) / height, 1 - (_LEFT + 0.15) / WIDTH)
            axes = figure.add_axes((*place, tall / height))
            _draw(axes, unit, part, models)
            top -= tall + _PANEL
        _finish(figure, models, height)
    return figure


def _lines(table: pd.DataFrame) -> list[str]:
    pairs = zip(table["condition"], table["measure"], strict=True)
    return [": ".join(filter(None, (str(c), str(m)))) for c, m in pairs]


def _draw(axes: Axes, unit: str, part: pd.DataFrame, models: list[str]) -> None:
    axes.set_label(unit)
    lines = list(dict.fromkeys(part["line"]))
    nothing = _NOTHING.get(unit, 0.0)
    if np.isfinite(nothing):
        axes.axvline(nothing, color=GREY, linewidth=0.8)
    shown = [model for model in models if (part["model"] == model).any()]
    shifts = np.linspace(-0.25, 0.25, len(shown)) if len(shown) > 1 else np.zeros(1)
    for model, shift in zip(shown, shifts, strict=True):
        rows = part[part["model"] == model]
        places = np.array([lines.index(line) for line in rows["line"]]) + shift
        draw_intervals(axes, rows, places, ("value", "low", "high"), LOOKS[models.index(model)])
    name_rows(axes, [short_name(line, 92) for line in lines])
    axes.tick_params(axis="y", labelsize=SMALL)
    axes.set_xlabel(unit)


def _finish(figure: Figure, models: list[str], height: float) -> None:
    from matplotlib.lines import Line2D

    marks = [
        Line2D([], [], ls="", marker=look.marker, color=look.colour, mfc=look.face, markersize=4)
        for look, _ in zip(LOOKS, models, strict=False)
    ]
    names = [short_name(model) for model in models]
    figure.legend(marks, names, loc="upper center", ncols=_COLUMNS, handletextpad=0.3)
    note = f"protocol: {PROTOCOL} · 95 % intervals"
    figure.text(0.01, 0.06 / height, note, fontsize=SMALL, color="#444444")
