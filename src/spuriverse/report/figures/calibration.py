"""How often each decision of verification errs, as images and models grow in number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spuriverse.problems import Problem
from spuriverse.questions import PROTOCOL
from spuriverse.report.figures.style import (
    BLUE,
    GREY,
    SMALL,
    VERMILLION,
    Look,
    house_style,
    remove_frame,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PANELS = {
    "control attributes kept": ("control_kept", "control_low", "control_high"),
    "false discovery rate": ("false_discovery_rate", "fdr_low", "fdr_high"),
    "power on planted attributes": ("power", "power_low", "power_high"),
}
_COLOURS = {"paper": VERMILLION, "corrected": BLUE}
_LINES = (("-", "o"), ((0, (4, 1.5)), "s"), ((0, (1, 1.5)), "^"), ((0, (5, 1.5, 1, 1.5)), "D"))
_NAMES = {"paper": "gap alone (paper)", "corrected": "gap and test (corrected)"}


def plot_calibration(table: pd.DataFrame, *, false_discovery_rate: float) -> Figure:
    """Draw three panels: controls kept, false discoveries, and power, by images per group.

    Args:
        table: As `results/tables/verification_calibration.csv` holds it.
        false_discovery_rate: The level that is promised, drawn as a line.

    Returns:
        A figure of two columns' width.

    Raises:
        Problem: The table has no rows, or more models at a time than can be told apart.
    """
    from matplotlib.figure import Figure

    models = sorted(table["models"].unique())
    if not 0 < len(models) <= len(_LINES):
        raise Problem(
            f"The figure shows 1 to {len(_LINES)} models at a time but the table has {len(models)};"
            " change verification.calibration.models in the configuration."
        )
    with house_style():
        figure = Figure(figsize=(7.0, 3.0))
        panels = figure.subplots(1, len(_PANELS))
        figure.subplots_adjust(left=0.065, right=0.99, bottom=0.255, top=0.72, wspace=0.25)
        for axes, (title, columns) in zip(panels, _PANELS.items(), strict=True):
            _draw_panel(axes, table, columns, models)
            axes.set_title(title)
        panels[1].axhline(false_discovery_rate, color=GREY, linewidth=0.8, linestyle=":")
        for axes, columns in zip(panels[:2], _PANELS.values(), strict=False):
            _limit(axes, table, columns)
        panels[2].set_ylim(-0.03, 1.03)
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="upper center", ncols=len(_COLOURS), columnspacing=2)
        first = table.iloc[0]
        note = (
            f"protocol: {PROTOCOL} · {first['n_control']} candidates on control and"
            f" {first['n_true']} on planted attributes that took hold in the model (mean)"
            "\n95 % intervals over attributes · dotted: the level promised · rendered images, no"
            " photograph"
        )
        figure.text(0.012, 0.02, note, fontsize=SMALL, color="#444444")
    return figure


def _draw_panel(
    axes: Axes, table: pd.DataFrame, columns: tuple[str, str, str], models: list[int]
) -> None:
    value, low, high = columns
    shown = [(decision, number) for decision in _COLOURS for number in models]
    dodge = np.linspace(-0.35, 0.35, len(shown)) if len(shown) > 1 else np.zeros(1)
    for (decision, number), shift in zip(shown, dodge, strict=True):
        of_series = (table["decision"] == decision) & (table["models"] == number)
        rows = table[of_series].sort_values("images")
        line, marker = _LINES[models.index(number)]
        look = Look(_COLOURS[decision], line, marker)
        sides = np.array([rows[value] - rows[low], rows[high] - rows[value]])
        axes.errorbar(
            rows["images"] + shift,
            rows[value],
            yerr=np.clip(sides, 0, None),
            color=look.colour,
            linestyle=look.line,
            linewidth=0.9,
            marker=look.marker,
            markersize=3,
            elinewidth=0.7,
            label=f"{_NAMES[decision]}, {number} model{'s' if number > 1 else ''}",
        )
    axes.set_xticks(sorted(table["images"].unique()))
    axes.set_xlabel("images per group")
    remove_frame(axes)


def _limit(axes: Axes, table: pd.DataFrame, columns: tuple[str, str, str]) -> None:
    """Leave room for all that is drawn; a rate of few attributes has no interval."""
    shown = table.loc[table["decision"].isin(_COLOURS), list(columns)]
    top = np.nanmax([0.1, *shown.to_numpy(dtype=float).ravel()])
    axes.set_ylim(-0.02 * top, 1.08 * top)
