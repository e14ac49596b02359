"""Robustness against ordinary accuracy: a curve a mitigation, and the Pareto front."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd

from spuriverse.questions import PROTOCOL
from spuriverse.report.figures.robustness import check_columns, draw_curve, finish_panel
from spuriverse.report.figures.style import (
    COLUMN_WIDTH,
    LOOKS,
    SMALL,
    Look,
    house_style,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_NEEDED = ("base_model", "method", "setting", "knob", "splits", "robustness", "accuracy", "pareto")
_HEIGHT = 3.2


def plot_mitigations(table: pd.DataFrame) -> Figure:
    """Draw every method's mean curve with its intervals, one panel a base model.

    Args:
        table: As `results/tables/mitigation_curves.csv` holds it.

    Returns:
        A figure with axes named after the base models. Each curve begins at the base model (a
        star); points that no other beats in both are ringed.

    Raises:
        Problem: The table lacks a column or has no rows.
    """
    from matplotlib.figure import Figure

    check_columns(table, _NEEDED, "the mitigations' curves", "tabulate_mitigations")
    models = sorted(table["base_model"].unique())
    table = table.assign(curve=_names(table))
    looks = dict(zip(sorted(table["curve"].unique()), LOOKS, strict=False))
    with house_style():
        figure = Figure(figsize=(COLUMN_WIDTH * min(2, len(models)), _HEIGHT * _rows(models)))
        panels = figure.subplots(_rows(models), min(2, len(models)), squeeze=False).flat
        for axes, model in zip(panels, models, strict=False):
            _draw_panel(axes, table[table["base_model"] == model], looks)
            axes.set_title(f"base model {model}")
            axes.set_label(model)
        n = int(table["splits"].max())
        note = (
            f"protocol: {PROTOCOL} · mean and 95 % interval over {n} splits"
            "\nstar: base model · ring: Pareto front · no photograph"
        )
        handles, labels = figure.axes[0].get_legend_handles_labels()
        columns = 2 * min(2, len(models))
        legend = 0.16 * -(-len(labels) // columns) + 0.1
        height = figure.get_figheight() + legend
        figure.set_figheight(height)
        figure.tight_layout(rect=(0, 0.32 / height, 1, 1 - legend / height))
        figure.legend(handles, labels, loc="upper center", ncols=columns, handlelength=3)
        figure.text(0.02, 0.012, note, fontsize=SMALL, color="#444444")
    return figure


def _names(table: pd.DataFrame) -> pd.Series:
    """The method of each curve, and its setting where the method has several."""
    several = table.groupby("method")["setting"].transform("nunique") > 1
    numbers = table["setting"].map(
        lambda text: " ".join(f"{value:g}" for value in json.loads(text).values())
    )
    return table["method"].where(~several, table["method"] + " " + numbers)


def _rows(models: list[str]) -> int:
    return -(-len(models) // 2)


def _draw_panel(axes: Axes, table: pd.DataFrame, looks: dict[str, Look]) -> None:
    for name, curve in table.groupby("curve", sort=True):
        draw_curve(axes, curve, looks[str(name)], str(name).replace("_", " "))
    base = table[table["knob"] < 0].iloc[0]
    axes.plot(base["accuracy"], base["robustness"], "k*", markersize=7, zorder=4)
    front = table[table["pareto"].astype(bool)]
    axes.plot(
        front["accuracy"],
        front["robustness"],
        "o",
        markersize=8,
        markerfacecolor="none",
        markeredgecolor="black",
        markeredgewidth=0.6,
        zorder=5,
        gid="front",
    )
    finish_panel(axes)
