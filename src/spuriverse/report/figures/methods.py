"""Which mitigation to take: robustness against loss, and what each needs and costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spuriverse.questions import PROTOCOL
from spuriverse.report.figures.robustness import check_columns
from spuriverse.report.figures.style import (
    BLUE,
    COLUMN_WIDTH,
    GREY,
    SMALL,
    VERMILLION,
    house_style,
    remove_frame,
    span_at_least,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_NEEDS = {
    "attributes": "needs_attributes",
    "pairs": "needs_pairs",
    "generator": "needs_generator",
}
_NUMBERS = {
    "passes": "{passes:.1f}",
    "extra s": "{extra_seconds:.0f}",
    "per answer": "{answer_passes:.0f}",
}
_COLUMNS = (
    *("base_model", "method", "setting", "level", "splits", "reached", "robustness"),
    *(
        "loss",
        "loss_low",
        "loss_high",
        "passes",
        "extra_seconds",
        "answer_passes",
        *_NEEDS.values(),
    ),
)
_BASELINES = ("envelope", "mixing")
_WIDTH = 2 * COLUMN_WIDTH
_PANEL, _ROW, _HEAD, _FOOT = 2.6, 0.15, 0.25, 0.6
_LEAST_SPAN = 0.05


def plot_methods(table: pd.DataFrame) -> Figure:
    """Draw every method's robustness and loss at the middle level, and beside it what it needs.

    Args:
        table: As `results/tables/mitigations.csv` holds it.

    Returns:
        A figure of a page's width: a panel for each base model, which is its label, with a number a
        method (a hollow marker where the level is not reached in every split), and the axes "needs"
        with a list of the methods, the least loss first, and what each needs and costs.

    Raises:
        Problem: The table lacks a column or has no rows.
    """
    from matplotlib.figure import Figure

    check_columns(table, _COLUMNS, "the mitigations", "tabulate_mitigations")
    levels = sorted(table["level"].unique())
    level = levels[len(levels) // 2]
    rows = _ordered(table[table["level"] == level])
    models = sorted(rows["base_model"].unique())
    names = list(dict.fromkeys(rows["name"]))
    height = _HEAD + _PANEL * len(models) + _ROW * (len(names) + 2) + _FOOT
    with house_style():
        figure = Figure(figsize=(_WIDTH, height))
        for place, model in enumerate(models):
            top = height - _HEAD - _PANEL * place
            box = (0.09, (top - _PANEL + 0.5) / height, 0.88, (_PANEL - 0.6) / height)
            axes = figure.add_axes(box, label=model)
            _draw_panel(axes, rows[rows["base_model"] == model], names)
            axes.set_title(f"base model {model}", loc="left")
        box = (0.02, _FOOT / height, 0.96, _ROW * (len(names) + 1) / height)
        _list_methods(figure.add_axes(box, label="needs"), rows, names)
        splits = int(table["splits"].max())
        note = (
            f"protocol: {PROTOCOL} · at the robustness of mixing at {level:g} · 95 % intervals"
            f" over {splits} splits\nhollow: the level is not reached in every split, where the"
            " worst loss counts · dots: what is needed besides spurious images of"
            "\nverified types and ordinary ones · passes and seconds of training beside a plain"
            " run, passes per answer"
        )
        figure.text(0.02, 0.1 / height, note, fontsize=SMALL, color="#444444")
    return figure


def _ordered(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a base model and method, named, the least mean loss first."""
    several = rows.groupby("method")["setting"].transform("nunique") > 1
    number = rows.groupby("method")["setting"].transform(lambda texts: texts.rank(method="dense"))
    named = rows["method"].str.replace("_", " ")
    named = named.where(~several, named + " " + number.astype(int).astype(str))
    rows = rows.assign(name=named)
    mean = rows.groupby("name")["loss"].transform("mean")
    return rows.assign(mean=mean).sort_values(["mean", "name", "base_model"], ignore_index=True)


def _draw_panel(axes: Axes, rows: pd.DataFrame, names: list[str]) -> None:
    # A method that reaches the level nowhere has a loss and no robustness.
    shown = rows[rows["robustness"].notna()]
    for row in shown.to_dict("records"):
        colour = VERMILLION if row["method"] in _BASELINES else BLUE
        whole = row["reached"] >= 1
        low, high = row["loss"] - row["loss_low"], row["loss_high"] - row["loss"]
        axes.errorbar(
            row["robustness"],
            row["loss"],
            yerr=np.nan_to_num(np.array([[low], [high]])).clip(0),
            fmt="o",
            color=colour,
            markerfacecolor=colour if whole else "white",
            markersize=4,
            elinewidth=0.5,
        )
        axes.annotate(
            str(names.index(row["name"]) + 1),
            (row["robustness"], row["loss"]),
            xytext=(4, 3),
            textcoords="offset points",
            fontsize=SMALL,
        )
    axes.axhline(0, color=GREY, linewidth=0.6)
    axes.set_xlabel("robustness on held-out attributes")
    axes.set_ylabel("loss")
    axes.margins(0.08)
    span_at_least(axes, _LEAST_SPAN, up=True)
    axes.ticklabel_format(useOffset=False)
    remove_frame(axes)


def _list_methods(axes: Axes, rows: pd.DataFrame, names: list[str]) -> None:
    """A line a method: number, name, dots for what it needs, and what it costs on average."""
    columns = [0.34 + 0.12 * place for place in range(len(_NEEDS) + len(_NUMBERS))]
    for x, heading in zip(columns, (*_NEEDS, *_NUMBERS), strict=True):
        axes.text(x, 0, heading, ha="center", va="center")
    for place, name in enumerate(names, start=1):
        mine = rows[rows["name"] == name]
        first = mine.iloc[0]
        axes.text(0.02, place, str(place), ha="right", va="center")
        axes.text(0.035, place, name, va="center")
        for x, column in zip(columns, _NEEDS.values(), strict=False):
            if bool(first[column]):
                axes.plot(x, place, "o", color="black", markersize=3.5, gid=f"{name} {column}")
        means = mine[["passes", "extra_seconds", "answer_passes"]].mean().to_dict()
        for x, text in zip(columns[len(_NEEDS) :], _NUMBERS.values(), strict=True):
            key = text[1:].partition(":")[0]
            value = "" if pd.isna(means[key]) else text.format(**means)
            axes.text(x, place, value, ha="center", va="center")
    axes.set_xlim(0, 1)
    axes.set_ylim(len(names) + 0.5, -0.5)
    axes.set_axis_off()
