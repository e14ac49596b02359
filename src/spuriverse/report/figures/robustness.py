"""Curves of robustness against accuracy: what every figure that draws some of them shares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from spuriverse.problems import Problem
from spuriverse.report.figures.style import Look, remove_frame, span_at_least

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_LEAST_SPAN = 0.1


def check_columns(table: pd.DataFrame, needed: Sequence[str], name: str, rule: str) -> None:
    """Refuse a table that cannot be drawn.

    Args:
        table: What is to be drawn.
        needed: Its columns.
        name: What the table is of, for the message.
        rule: The rule that makes it.

    Raises:
        Problem: The table lacks a column or has no rows.
    """
    missing = [column for column in needed if column not in table]
    if missing or table.empty:
        raise Problem(
            f"The table of {name} lacks {', '.join(missing) or 'rows'}; make it again with the rule"
            f" {rule}."
        )


def draw_curve(axes: Axes, curve: pd.DataFrame, look: Look, label: str) -> None:
    """Draw a curve's line, and its points with their intervals.

    Args:
        axes: Where.
        curve: Columns knob, robustness and accuracy with their `_low` and `_high`. A point whose
            knob is below 0 is the base model, and is on the line alone.
        look: Of line and markers.
        label: For the legend.
    """
    rows = curve.sort_values("knob")
    tuned = rows[rows["knob"] >= 0]
    axes.plot(
        rows["accuracy"], rows["robustness"], color=look.colour, ls=look.line, lw=0.9, zorder=2
    )
    axes.errorbar(
        tuned["accuracy"],
        tuned["robustness"],
        xerr=_reach(tuned, "accuracy"),
        yerr=_reach(tuned, "robustness"),
        fmt=look.marker,
        color=look.colour,
        markerfacecolor=look.face,
        markersize=3.5,
        elinewidth=0.4,
        label=label,
        zorder=3,
    )


def finish_panel(axes: Axes) -> None:
    """Name the axes, and leave room around what was drawn."""
    axes.set_xlabel("accuracy on aligned and ordinary questions")
    axes.set_ylabel("robustness on held-out attributes")
    axes.margins(0.06)
    span_at_least(axes, _LEAST_SPAN, up=True)
    axes.ticklabel_format(useOffset=False)
    remove_frame(axes)


def _reach(rows: pd.DataFrame, column: str) -> np.ndarray:
    # An interval need not hold the estimate, and bars of negative length are refused.
    low, high = rows[f"{column}_low"], rows[f"{column}_high"]
    return np.clip(np.array([rows[column] - low, high - rows[column]], dtype=float), 0, None)
